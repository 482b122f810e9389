import { createHash } from "node:crypto";
import { referencedNames } from "../../../../lib/api/openapi/open-api-version.ts";
import {
  encodePathItem,
  encodeSchema,
  encodeVersionThree,
} from "../../../../lib/api/openapi/version-three-protobuf.ts";
import { isRecord, type JsonRecord } from "../../../../lib/api/records.ts";
import type { ServedResource } from "../../served-resources.ts";
import { Slices } from "../../slices.ts";
import { versionInfo } from "../version-info.ts";
import { closureOf, definitionsOfCustom } from "./definitions-of.ts";
import { codePath, coreVersionsPath, groupListPath, groupPath, issuerPaths, versionPath } from "./discovery-paths.ts";
import { type GroupResources, groupResources, isSame } from "./group-resources.ts";
import { member } from "./json-member.ts";
import type { PathEntry } from "./object-operations.ts";
import { Packed } from "./packed.ts";
import { definitionOfKind } from "./resource-names.ts";
import { resourcePaths } from "./resource-paths.ts";
import { pathOfVersion3 } from "./version-three.ts";

/** The document of a group's version, or of paths of discovery. */
export interface VersionThreeDocument {
  readonly resources: readonly ServedResource[];
  readonly hash: string;
  readonly body: Packed;
  /** The same in protobuf; put together when it is first asked for. */
  protobuf(): Promise<Packed>;
}

/** All documents of OpenAPI v3 by their places: `api/v1`, `apis/apps/v1`. */
export type VersionThreeDocuments = ReadonlyMap<string, VersionThreeDocument>;

/** Builds the documents of OpenAPI v3 for what is served; those that have not changed are kept. */
export class VersionThreeBuilder {
  #known: VersionThreeDocuments = new Map();

  async build(served: readonly ServedResource[]): Promise<VersionThreeDocuments> {
    const slices = new Slices();
    const documents = new Map<string, VersionThreeDocument>();
    const groups = groupResources(served);
    const add = async (place: string, group: GroupResources, paths: () => PathEntry[]) => {
      const known = this.#known.get(place);
      const isKnown = known && isSame(known.resources, group.resources);
      documents.set(place, isKnown ? known : await buildDocument(group, paths(), slices));
    };
    for (const [place, path] of [
      ["api", coreVersionsPath()],
      ["apis", groupListPath()],
      ["version", codePath()],
      ...issuerPaths().map((entry) => [entry[0].slice(1, -1), entry] as const),
    ] as const)
      await add(place, noResources, () => [path]);
    for (const group of groups) {
      const { isCustom } = group.resources[0] ?? {};
      const { group: name, version, place } = group;
      if (!isCustom && name) await add(`apis/${name}`, noResources, () => [groupPath(name)]);
      await add(place, group, () => (isCustom ? [] : [versionPath(name, version)]));
    }
    this.#known = documents;
    return documents;
  }
}

const noResources: GroupResources = { group: "", version: "", place: "", resources: [] };

async function buildDocument(
  { resources }: GroupResources,
  discovery: readonly PathEntry[],
  slices: Slices,
): Promise<VersionThreeDocument> {
  const paths: string[] = [];
  const names = new Set<string>();
  const seen = new Set<string>();
  const schemas = new Map<string, string>();
  const addPath = ([path, item]: PathEntry) => {
    const converted = pathOfVersion3(item);
    referencedNames(converted, names);
    paths.push(member(path, converted));
  };
  for (const entry of discovery) addPath(entry);
  for (const served of resources) {
    for (const entry of resourcePaths(served)) addPath(entry);
    names.add(definitionOfKind(served));
    if (served.isCustom) await slices.breathe();
    for (const [name, definition] of served.isCustom ? definitionsOfCustom(served, 3) : []) {
      await slices.breathe();
      schemas.set(name, member(name, definition));
      await slices.breathe();
      referencedNames(definition, names);
      seen.add(name);
    }
    await slices.breathe();
  }
  for (const [name, definition] of closureOf(names, 3, seen)) {
    schemas.set(name, member(name, definition));
    if (slices.isOver()) await slices.breathe();
  }
  const texts = [...schemas].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, text]) => text);
  const text = Buffer.from(documentText(paths, texts));
  await slices.breathe();
  const hash = createHash("sha512").update(text).digest("hex").toUpperCase();
  const body = await Packed.of(text);
  let protobuf: Promise<Packed> | undefined;
  return {
    ...{ resources, hash, body },
    protobuf() {
      protobuf ??= protobufOf(body);
      protobuf.catch(() => (protobuf = undefined));
      return protobuf;
    },
  };
}

async function protobufOf(body: Packed): Promise<Packed> {
  const slices = new Slices();
  const document: JsonRecord = JSON.parse(Buffer.from(await body.plain()).toString());
  const encodeAll = async (record: unknown, encode: (name: string, value: unknown) => Uint8Array) => {
    const parts: Uint8Array[] = [];
    for (const [name, value] of Object.entries(isRecord(record) ? record : {})) {
      if (slices.isOver()) await slices.breathe();
      parts.push(encode(name, value));
    }
    return parts;
  };
  const { paths, components } = document;
  const schemas = isRecord(components) ? components["schemas"] : undefined;
  const [pathParts, schemaParts] = [await encodeAll(paths, encodePathItem), await encodeAll(schemas, encodeSchema)];
  return Packed.of(encodeVersionThree(document, pathParts, schemaParts));
}

function documentText(paths: readonly string[], schemas: readonly string[]): string {
  const info = JSON.stringify({ title: "Kubernetes", version: versionInfo.gitVersion });
  const security = JSON.stringify({
    BearerToken: { type: "apiKey", description: "A bearer token.", name: "authorization", in: "header" },
  });
  const components = `{"schemas":{${schemas.join(",")}},"securitySchemes":${security}}`;
  return `{"openapi":"3.0.0","info":${info},"paths":{${paths.join(",")}},"components":${components}}\n`;
}
