import { createHash } from "node:crypto";
import { contractDefinition } from "../../../../lib/api/openapi/contract-definition.ts";
import { encodeDefinition, encodeDocument, encodePath } from "../../../../lib/api/openapi/document-protobuf.ts";
import { referencedNames, type SchemaObject } from "../../../../lib/api/openapi/open-api-version.ts";
import type { JsonRecord } from "../../../../lib/api/records.ts";
import type { RemoteDescription } from "../../aggregation/remote-description.ts";
import type { ServedResource } from "../../served-resources.ts";
import { Slices } from "../../slices.ts";
import { versionInfo } from "../version-info.ts";
import { definitionsOfCustom } from "./definitions-of.ts";
import { codePath, coreVersionsPath, groupListPath, groupPath, issuerPaths, versionPath } from "./discovery-paths.ts";
import { besideOurs } from "./foreign-descriptions.ts";
import { type GroupResources, groupResources, isSame } from "./group-resources.ts";
import { member } from "./json-member.ts";
import type { PathEntry } from "./object-operations.ts";
import { documentHead } from "./operation.ts";
import { resourcePaths } from "./resource-paths.ts";

/** A part of the document in both encodings. */
interface Piece {
  readonly json: Buffer;
  readonly protobuf: Uint8Array;
  /** Of what it says. */
  readonly hash: string;
  /** Names of the definitions that it needs. */
  readonly refs: ReadonlySet<string>;
}

/** What a group's version adds to the document. */
interface GroupPart {
  readonly resources: readonly ServedResource[];
  readonly paths: Piece;
  /** Of custom kinds. */
  readonly definitions: ReadonlyMap<string, Piece>;
  readonly hash: string;
}

/** The document, as the pieces of its two encodings. */
export interface VersionTwoDocument {
  readonly json: readonly Uint8Array[];
  readonly protobuf: readonly Uint8Array[];
  /** Another one when the document is another. */
  readonly hash: string;
}

/** Builds the document of OpenAPI v2 for what is served, here and by others; groups that have not changed are kept. */
export class VersionTwoBuilder {
  #parts = new Map<string, GroupPart>();
  /** Of contracts: they never change. */
  readonly #contracts = new Map<string, Piece>();

  async build(
    served: readonly ServedResource[],
    foreign: readonly RemoteDescription[] = [],
  ): Promise<VersionTwoDocument> {
    const slices = new Slices();
    const parts = new Map<string, GroupPart>();
    const groups = groupResources(served);
    for (const group of groups) {
      const known = this.#parts.get(group.place);
      const part = known && isSame(known.resources, group.resources) ? known : await buildPart(group, slices);
      parts.set(group.place, part);
    }
    this.#parts = parts;
    const discovery = joined(discoveryPaths(groups).map(pieceOfPath));
    const own = [...parts.values()];
    const all = [...own, ...(await foreignParts(foreign, (name) => this.#definition(name, own), slices))];
    const definitions = await this.#definitions(all, discovery, slices);
    return assemble([discovery, ...all.map((part) => part.paths)], definitions, all);
  }

  /** Every definition that is needed, in the order of names. */
  async #definitions(parts: readonly GroupPart[], discovery: Piece, slices: Slices): Promise<Piece[]> {
    const found = new Map<string, Piece>();
    const waiting = [...discovery.refs];
    for (const { paths, definitions } of parts) {
      waiting.push(...paths.refs);
      for (const [name, piece] of definitions) {
        found.set(name, piece);
        waiting.push(...piece.refs);
      }
    }
    for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
      if (found.has(name)) continue;
      const piece = this.#contract(name);
      if (!piece) continue;
      found.set(name, piece);
      waiting.push(...piece.refs);
      if (slices.isOver()) await slices.breathe();
    }
    return [...found].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, piece]) => piece);
  }

  #definition(name: string, parts: readonly GroupPart[]): JsonRecord | undefined {
    const custom = parts.find(({ definitions }) => definitions.has(name))?.definitions.get(name);
    return custom ? JSON.parse(`{${custom.json}}`)[name] : contractDefinition(name, 2);
  }

  #contract(name: string): Piece | undefined {
    let piece = this.#contracts.get(name);
    if (piece) return piece;
    const definition = contractDefinition(name, 2);
    if (!definition) return undefined;
    piece = pieceOfDefinition(name, definition);
    this.#contracts.set(name, piece);
    return piece;
  }
}

async function buildPart(group: GroupResources, slices: Slices): Promise<GroupPart> {
  const pieces: Piece[] = [];
  const definitions = new Map<string, Piece>();
  const hash = createHash("sha256");
  for (const served of group.resources) {
    for (const entry of resourcePaths(served)) {
      pieces.push(pieceOfPath(entry));
      if (slices.isOver()) await slices.breathe();
    }
    if (served.isCustom) {
      await slices.breathe();
      for (const [name, definition] of definitionsOfCustom(served, 2))
        definitions.set(name, await pieceOfCustom(name, definition, slices));
    }
    await slices.breathe();
  }
  for (const piece of [...pieces, ...definitions.values()]) hash.update(piece.hash);
  return { resources: group.resources, paths: joined(pieces), definitions, hash: hash.digest("hex") };
}

/** What other servers add to the document. */
async function foreignParts(
  descriptions: readonly RemoteDescription[],
  ours: (name: string) => JsonRecord | undefined,
  slices: Slices,
): Promise<GroupPart[]> {
  const parts: GroupPart[] = [];
  for (const { hash, paths, definitions } of besideOurs(descriptions, ours)) {
    const pieces: Piece[] = [];
    for (const entry of paths) {
      pieces.push(pieceOfPath(entry));
      if (slices.isOver()) await slices.breathe();
    }
    const found = new Map<string, Piece>();
    for (const [name, definition] of definitions) {
      found.set(name, pieceOfDefinition(name, definition));
      if (slices.isOver()) await slices.breathe();
    }
    parts.push({ resources: [], paths: joined(pieces), definitions: found, hash });
  }
  return parts;
}

/** Of groups that have contracts; what is custom comes and goes. */
function discoveryPaths(groups: readonly GroupResources[]): PathEntry[] {
  const contracted = groups.filter(({ resources }) => resources.some(({ isCustom }) => !isCustom));
  const names = new Set(contracted.map(({ group }) => group).filter((group) => group !== ""));
  return [
    ...[coreVersionsPath(), groupListPath(), codePath(), ...issuerPaths()],
    ...[...names].map(groupPath),
    ...contracted.map(({ group, version }) => versionPath(group, version)),
  ];
}

function pieceOfPath([path, item]: PathEntry): Piece {
  return pieceOf(member(path, item), encodePath(path, item), referencedNames(item));
}

function pieceOfDefinition(name: string, definition: SchemaObject): Piece {
  return pieceOf(member(name, definition), encodeDefinition(name, definition), referencedNames(definition));
}

function pieceOf(text: string, protobuf: Uint8Array, refs: ReadonlySet<string>): Piece {
  const json = Buffer.from(text);
  return { json, protobuf, hash: createHash("sha256").update(json).digest("hex"), refs };
}

/** The same step by step: schemas of custom kinds may be large. */
async function pieceOfCustom(name: string, definition: SchemaObject, slices: Slices): Promise<Piece> {
  await slices.breathe();
  const text = member(name, definition);
  await slices.breathe();
  const protobuf = encodeDefinition(name, definition);
  await slices.breathe();
  return pieceOf(text, protobuf, referencedNames(definition));
}

const comma = Buffer.from(",");

function joined(pieces: readonly Piece[]): Piece {
  const hash = createHash("sha256");
  for (const piece of pieces) hash.update(piece.hash);
  return {
    hash: hash.digest("hex"),
    json: Buffer.concat(separated(pieces.map(({ json }) => json))),
    protobuf: Buffer.concat(pieces.map(({ protobuf }) => protobuf)),
    refs: new Set(pieces.flatMap(({ refs }) => [...refs])),
  };
}

function separated(texts: readonly Uint8Array[]): Uint8Array[] {
  return texts.flatMap((text, index) => (index === 0 ? [text] : [comma, text]));
}

function assemble(
  paths: readonly Piece[],
  definitions: readonly Piece[],
  parts: Iterable<GroupPart>,
): VersionTwoDocument {
  const head = documentHead(versionInfo.gitVersion);
  const hash = createHash("sha512").update(versionInfo.gitVersion);
  for (const part of parts) hash.update(part.hash);
  for (const piece of definitions) hash.update(piece.hash);
  const begin = JSON.stringify(head).slice(0, -1);
  return {
    hash: hash.digest("hex").toUpperCase(),
    json: [
      Buffer.from(`${begin},"paths":{`),
      ...separated(paths.map(({ json }) => json)),
      Buffer.from('},"definitions":{'),
      ...separated(definitions.map(({ json }) => json)),
      Buffer.from("}}\n"),
    ],
    protobuf: encodeDocument(
      head,
      paths.map(({ protobuf }) => protobuf),
      definitions.map(({ protobuf }) => protobuf),
    ),
  };
}
