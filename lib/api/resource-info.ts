import type { BinaryReader, BinaryWriter } from "@bufbuild/protobuf/wire";
import { resourceTypes } from "../../gen/resources.ts";
import { type ResourceSchema, resources as schemas } from "../../gen/schema.ts";
import type { ListMeta, ObjectMeta } from "../../gen/typernetes/meta/v1/object_meta.ts";

/** What every object of the API has. */
export interface ApiObject {
  apiVersion?: string | undefined;
  kind?: string | undefined;
  metadata?: ObjectMeta | undefined;
}

/** What every list of the API has. */
export interface ApiList {
  apiVersion?: string | undefined;
  kind?: string | undefined;
  metadata?: ListMeta | undefined;
  items?: ApiObject[] | undefined;
}

/** The protobuf form of a message. */
export interface Codec<T> {
  encode(message: T, writer?: BinaryWriter): BinaryWriter;
  decode(input: BinaryReader | Uint8Array, length?: number): T;
}

/** A kind with its codecs and its place in the store. */
export interface ResourceInfo extends ResourceSchema {
  /** `v1`, `apps/v1`. */
  readonly apiVersion: string;
  /** `pods`, `deployments.apps`. */
  readonly qualifiedName: string;
  /** Keys of the kind's objects begin with it: `/registry/apps/deployments/`. */
  readonly storagePrefix: string;
  readonly codec: Codec<ApiObject>;
  /** Absent for kinds that are only created. */
  readonly listCodec: Codec<ApiList> | undefined;
}

interface ResourceType {
  readonly message: string;
  readonly object: Codec<ApiObject>;
  readonly list?: Codec<ApiList>;
}

const types = new Map<string, ResourceType>();
for (const versions of Object.values(resourceTypes)) {
  for (const plurals of Object.values(versions)) {
    for (const type of Object.values<ResourceType>(plurals)) types.set(type.message, type);
  }
}

function resourceInfo(schema: ResourceSchema): ResourceInfo {
  const type = types.get(schema.message);
  if (!type) throw new Error(`the generated code has no codec of ${schema.message}`);
  const { group, version, plural } = schema;
  return {
    ...schema,
    apiVersion: group ? `${group}/${version}` : version,
    qualifiedName: group ? `${plural}.${group}` : plural,
    storagePrefix: `/registry/${group || "core"}/${plural}/`,
    codec: type.object,
    listCodec: type.list,
  };
}

/** Groups whose kinds are found first when a short name fits several; the others follow by name. */
const groupOrder = ["", "apps", "batch", "autoscaling", "networking.k8s.io", "policy", "rbac.authorization.k8s.io"];
/** Groups whose plurals repeat those of others: found last. */
const lateGroups = ["events.k8s.io", "metrics.k8s.io"];

/** All kinds that have contracts, in the order in which names are looked up: core first, the preferred version first. */
export const resourceInfos: readonly ResourceInfo[] = schemas
  .map(resourceInfo)
  .sort(
    (a, b) =>
      groupRank(a.group) - groupRank(b.group) ||
      compareTexts(a.group, b.group) ||
      compareVersions(a.version, b.version) ||
      compareTexts(a.plural, b.plural),
  );

function groupRank(group: string): number {
  const rank = groupOrder.indexOf(group);
  return lateGroups.includes(group) ? groupOrder.length + 1 : rank < 0 ? groupOrder.length : rank;
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Order of versions, the preferred first: stable before beta before alpha, then the higher number. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [versionRank(a), versionRank(b)];
  for (let index = 0; index < left.length; index++) {
    const difference = (right[index] ?? 0) - (left[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return compareTexts(a, b);
}

function versionRank(version: string): number[] {
  const match = /^v([1-9][0-9]*)(?:(alpha|beta)([1-9][0-9]*))?$/.exec(version);
  if (!match) return [0, 0, 0];
  const stage = match[2] === "alpha" ? 1 : match[2] === "beta" ? 2 : 3;
  return [stage, Number(match[1]), Number(match[3] ?? 0)];
}

const byPlural = new Map(resourceInfos.map((info) => [`${info.apiVersion}/${info.plural}`, info]));
const byKind = new Map(resourceInfos.map((info) => [`${info.apiVersion}/${info.kind}`, info]));
const byMessage = new Map(resourceInfos.map((info) => [info.message, info]));

/** The kind served as `plural` in a group and version. */
export function resourceByPlural(group: string, version: string, plural: string): ResourceInfo | undefined {
  return byPlural.get(`${group ? `${group}/` : ""}${version}/${plural}`);
}

/** The kind that an object's `apiVersion` and `kind` name. */
export function resourceByKind(apiVersion: string, kind: string): ResourceInfo | undefined {
  return byKind.get(`${apiVersion}/${kind}`);
}

/** The kind whose message is named so: `core.v1.Pod`. @throws RangeError when there is none. */
export function resourceByMessage(message: string): ResourceInfo {
  const info = byMessage.get(message);
  if (!info) throw new RangeError(`${message} is not served as a resource`);
  return info;
}

/** The codecs of a kind. */
export function codecOf(resource: ResourceSchema): Codec<ApiObject> {
  return resourceByMessage(resource.message).codec;
}

/** The version of a group that clients get when they name none. */
export function preferredVersion(group: string): string | undefined {
  return resourceInfos.find((info) => info.group === group)?.version;
}

/**
 * The kind that a user means: plural, singular, kind or short name, alone or followed by a group (`deploy.apps`) or by a
 * version and a group (`deployments.v1.apps`). Upper and lower case are the same.
 */
export function findResource(name: string, infos: readonly ResourceInfo[] = resourceInfos): ResourceInfo | undefined {
  const [plain = "", ...rest] = name.toLowerCase().split(".");
  const group = rest.join(".");
  const named = infos.filter((info) => isNamed(info, plain));
  if (rest.length === 0) return named[0];
  const [version, ...groupRest] = rest;
  return (
    named.find((info) => info.group === group) ??
    named.find((info) => info.version === version && info.group === groupRest.join(".")) ??
    named.find((info) => group !== "" && info.group.startsWith(group))
  );
}

function isNamed(info: ResourceSchema, name: string): boolean {
  return (
    info.plural === name || info.singular === name || info.kind.toLowerCase() === name || info.shortNames.includes(name)
  );
}

/** The kinds of a category, such as `all`; empty when there is no such category. */
export function resourcesOfCategory(category: string): ResourceInfo[] {
  return resourceInfos.filter((info) => info.categories.includes(category));
}

/** Where an object is stored. */
export function storageKey(
  info: Pick<ResourceInfo, "storagePrefix">,
  namespace: string | undefined,
  name: string,
): string {
  return namespace ? `${info.storagePrefix}${namespace}/${name}` : info.storagePrefix + name;
}

/** The parts of a storage key; undefined when it is none. */
export function parseStorageKey(
  key: string,
): { group: string; plural: string; namespace: string | undefined; name: string } | undefined {
  const [empty, registry, group, plural, ...names] = key.split("/");
  if (empty !== "" || registry !== "registry" || !group || !plural) return undefined;
  const [first, second, ...more] = names;
  if (!first || more.length > 0) return undefined;
  const storedGroup = group === "core" ? "" : group;
  return second === undefined
    ? { group: storedGroup, plural, namespace: undefined, name: first }
    : { group: storedGroup, plural, namespace: first, name: second };
}
