import type { ManagedFieldsEntry } from "../../../gen/typernetes/meta/v1/object_meta.ts";
import { isRecord } from "../records.ts";
import { canonicalSet, emptySet, type FieldSet, isEmptySet, sameSets, sortedSet, union } from "./field-set.ts";

/** Who sets fields, and in which way: what tells the entries of `metadata.managedFields` apart. */
export interface FieldManager {
  readonly manager: string;
  readonly operation: "Apply" | "Update";
  /** The version in which the fields are named. */
  readonly apiVersion: string;
  /** Empty for the object itself. */
  readonly subresource: string;
}

/** The fields of one manager. */
export interface OwnedFields extends FieldManager {
  readonly fields: FieldSet;
  /** When the manager last set any of them. */
  readonly time: string | undefined;
}

/** Managers by what tells them apart. Never changed in place. */
export type Owners = ReadonlyMap<string, OwnedFields>;

/** Most managers of operation Update; of more, the oldest become one. */
const updateManagersMax = 10;
/** The manager that stands for those that were one too many. */
const ancientManager = "ancient-changes";

/** The place of a manager among `Owners`. */
export function ownerKey({ manager, operation, apiVersion, subresource }: FieldManager): string {
  // An applier stays the same one when it goes on to another version.
  return JSON.stringify([manager, operation, operation === "Apply" ? "" : apiVersion, subresource]);
}

/** An entry that cannot be understood. */
export class ManagedFieldsFault extends Error {}

/** The entries of owners that have not changed since they were read. */
const encoded = new WeakMap<OwnedFields, ManagedFieldsEntry>();
/** Sets that are in the order in which they are stored. */
const sorted = new WeakSet<FieldSet>();
const decoded = new WeakMap<readonly ManagedFieldsEntry[], Owners>();

/** The owners of `metadata.managedFields`. @throws ManagedFieldsFault when an entry is broken. */
export function decodeOwners(entries: readonly ManagedFieldsEntry[] | undefined): Owners {
  if (!entries) return new Map();
  const known = decoded.get(entries);
  if (known) return known;
  const owners = new Map<string, OwnedFields>();
  // What has been stored is frozen, and in its one form.
  const isStored = Object.isFrozen(entries);
  for (const [index, entry] of entries.entries()) {
    const owned = decodeEntry(entry, index, isStored);
    if (isStored) {
      encoded.set(owned, entry);
      sorted.add(owned.fields);
    }
    owners.set(ownerKey(owned), owned);
  }
  if (isStored) decoded.set(entries, owners);
  return owners;
}

function decodeEntry(entry: ManagedFieldsEntry, index: number, isStored: boolean): OwnedFields {
  const { manager = "", operation, apiVersion, fieldsType, fieldsV1, subresource = "", time } = entry;
  if (operation !== "Apply" && operation !== "Update")
    throw new ManagedFieldsFault("operation must be `Apply` or `Update`");
  if (!apiVersion) throw new ManagedFieldsFault("apiVersion must not be empty");
  if (!fieldsType) throw new ManagedFieldsFault(`missing fieldsType in managed fields entry ${index}`);
  if (fieldsType !== "FieldsV1")
    throw new ManagedFieldsFault(`invalid fieldsType ${JSON.stringify(fieldsType)} in managed fields entry ${index}`);
  const fields: unknown = fieldsV1 ?? {};
  if (!isFieldSet(fields)) throw new ManagedFieldsFault(`invalid fieldsV1 in managed fields entry ${index}`);
  return { manager, operation, apiVersion, subresource, time, fields: isStored ? fields : canonicalSet(fields) };
}

/** Deepest place; contracts nest less deeply. */
const depthMax = 200;

function isFieldSet(value: unknown, depth = 0): value is FieldSet {
  return depth <= depthMax && isRecord(value) && Object.values(value).every((below) => isFieldSet(below, depth + 1));
}

/** `metadata.managedFields` of owners, in Kubernetes' order; undefined when nobody owns anything. */
export function encodeOwners(owners: Owners): ManagedFieldsEntry[] | undefined {
  const entries: OwnedFields[] = [];
  for (const owned of owners.values()) if (!isEmptySet(owned.fields)) entries.push(owned);
  return entries.length > 0 ? entries.sort(compareOwners).map(knownEntry) : undefined;
}

function knownEntry(owned: OwnedFields): ManagedFieldsEntry {
  return encoded.get(owned) ?? encodeOwner(owned);
}

/** The entry of one owner. */
export function encodeOwner({
  manager,
  operation,
  apiVersion,
  subresource,
  time,
  fields,
}: OwnedFields): ManagedFieldsEntry {
  const entry: ManagedFieldsEntry = {};
  if (manager) entry.manager = manager;
  entry.operation = operation;
  entry.apiVersion = apiVersion;
  if (time !== undefined) entry.time = time;
  entry.fieldsType = "FieldsV1";
  // What is shared, and thus frozen, is in its order.
  entry.fieldsV1 = Object.isFrozen(fields) || sorted.has(fields) ? fields : sortedSet(fields);
  if (subresource) entry.subresource = subresource;
  return entry;
}

function compareOwners(left: OwnedFields, right: OwnedFields): number {
  return (
    compareTexts(left.operation, right.operation) ||
    compareTimes(left, right) ||
    compareTexts(left.manager, right.manager) ||
    compareTexts(left.apiVersion, right.apiVersion) ||
    compareTexts(left.subresource, right.subresource)
  );
}

function compareTimes(left: OwnedFields, right: OwnedFields): number {
  return left.time === right.time ? 0 : seconds(left) - seconds(right);
}

function seconds({ time }: OwnedFields): number {
  return time === undefined ? 0 : Math.floor(Date.parse(time) / 1000);
}

function compareTexts(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

/** The owners with the oldest updaters of one version made one where there are more than `updateManagersMax`. */
export function capUpdaters(owners: Owners): Owners {
  const updaters = [...owners.values()].filter(({ operation }) => operation === "Update");
  let excess = updaters.length - updateManagersMax;
  if (excess <= 0) return owners;
  updaters.sort((one, other) => compareTimes(one, other) || compareTexts(ownerKey(one), ownerKey(other)));
  const capped = new Map(owners);
  const firstOfVersion = new Map<string, OwnedFields>();
  const ancients = new Map<string, Ancient>();
  for (const updater of updaters) {
    if (excess <= 0) break;
    const first = firstOfVersion.get(updater.apiVersion);
    if (first) {
      mergeIntoAncient(capped, ancients, first, updater);
      excess--;
    } else firstOfVersion.set(updater.apiVersion, updater);
  }
  for (const [key, { bucket, time, parts }] of ancients) capped.set(key, { ...bucket, time, fields: unionOf(parts) });
  return capped;
}

/** Those who become one. */
interface Ancient {
  readonly bucket: FieldManager;
  time: string | undefined;
  readonly parts: FieldSet[];
}

function mergeIntoAncient(
  owners: Map<string, OwnedFields>,
  ancients: Map<string, Ancient>,
  first: OwnedFields,
  updater: OwnedFields,
): void {
  const { apiVersion, time } = updater;
  const bucket: FieldManager = { manager: ancientManager, operation: "Update", apiVersion, subresource: "" };
  const key = ownerKey(bucket);
  const ancient = ancients.get(key) ?? { bucket, time, parts: [(owners.get(key) ?? first).fields] };
  ancient.time = time;
  ancient.parts.push(updater.fields);
  ancients.set(key, ancient);
  owners.delete(ownerKey(first));
  owners.delete(ownerKey(updater));
}

/** Two by two: one after the other, very many would each copy all before them. */
function unionOf(sets: readonly FieldSet[]): FieldSet {
  if (sets.length <= 1) return sets[0] ?? emptySet;
  const half = sets.length >> 1;
  return union(unionOf(sets.slice(0, half)), unionOf(sets.slice(half)));
}

/** Whether the same managers own the same fields, whenever they have set them. */
export function sameOwners(before: Owners, after: Owners): boolean {
  if (before.size !== after.size) return false;
  for (const [key, { fields }] of after) {
    const known = before.get(key);
    if (!known || !sameSets(known.fields, fields)) return false;
  }
  return true;
}
