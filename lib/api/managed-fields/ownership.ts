import { type Comparison, changedPlaces, compareObjects, isSame, withoutPlaces } from "./compare.ts";
import { difference, emptySet, type FieldSet, intersection, isEmptySet, union } from "./field-set.ts";
import { capUpdaters, type FieldManager, type OwnedFields, type Owners, ownerKey } from "./owners.ts";
import { withoutSystemFields } from "./system-fields.ts";
import type { KindVersion, KindVersions } from "./versions.ts";

/** A change of an object whose owners are to be found. Objects are in the version in which they are kept. */
export interface OwnedChange {
  readonly versions: KindVersions;
  /** Who changes it; `apiVersion` says in which version. */
  readonly writer: FieldManager;
  readonly before: object;
  readonly after: object;
  readonly owners: Owners;
  /** Places that this way of writing does not set, whatever the objects say. */
  readonly ignored: FieldSet;
  /** RFC 3339. */
  readonly now: string;
}

/** How a change looks in each version that somebody named fields in. */
type Comparisons = (apiVersion: string) => Comparison | undefined;

/** The owners after an update: the writer has what it changed, the others keep what is left. */
export async function ownersAfterUpdate(change: OwnedChange): Promise<Owners> {
  const { owners, writer, now } = change;
  const compare = await compareInVersions(change);
  const own = compare(writer.apiVersion);
  if (!own || isSame(own)) return owners;
  const set = withoutSystemFields(changedPlaces(own));
  const self = ownerKey(writer);
  const after = new Map<string, OwnedFields>();
  for (const [key, owned] of owners) {
    const rest = whatRemains(owned, compare(owned.apiVersion), key === self);
    if (rest && !isEmptySet(rest.fields)) after.set(key, rest);
  }
  if (isEmptySet(set)) return after;
  after.set(self, { ...writer, time: now, fields: union(after.get(self)?.fields ?? emptySet, set) });
  return capUpdaters(after);
}

/** Without what has gone, or has been changed by somebody else; undefined when its version is gone. */
function whatRemains(
  owned: OwnedFields,
  comparison: Comparison | undefined,
  isWriter: boolean,
): OwnedFields | undefined {
  if (!comparison) return undefined;
  const kept = isWriter ? owned.fields : difference(owned.fields, changedPlaces(comparison));
  const fields = difference(kept, comparison.removed);
  return fields === owned.fields ? owned : { ...owned, fields };
}

/** Compares the change in the writer's version and in those of all owners. */
export async function compareInVersions(change: OwnedChange): Promise<Comparisons> {
  const { versions, writer, owners } = change;
  const found = new Map<string, Comparison | undefined>();
  const wanted = new Set([writer.apiVersion]);
  for (const { apiVersion } of owners.values()) wanted.add(apiVersion);
  for (const apiVersion of wanted) {
    const version = versions(apiVersion);
    found.set(apiVersion, version && (await compareIn(version, change)));
  }
  return (apiVersion) => found.get(apiVersion);
}

async function compareIn(version: KindVersion, { before, after, ignored }: OwnedChange): Promise<Comparison> {
  const { shape, show } = version;
  const comparison = show
    ? compareObjects(shape, await show(before), await show(after))
    : compareObjects(shape, before, after);
  return withoutPlaces(comparison, ignored);
}

/** Fields that an apply would take from another manager. */
export interface OwnershipConflict {
  readonly owner: FieldManager;
  readonly fields: FieldSet;
}

/** What other managers would lose to `writer`, managers by name. */
export function conflictsOf(owners: Owners, writer: FieldManager, compare: Comparisons): OwnershipConflict[] {
  const self = ownerKey(writer);
  const conflicts: OwnershipConflict[] = [];
  for (const [key, owned] of owners) {
    const comparison = key === self ? undefined : compare(owned.apiVersion);
    const fields = comparison ? intersection(owned.fields, changedPlaces(comparison)) : emptySet;
    if (!isEmptySet(fields)) conflicts.push({ owner: owned, fields });
  }
  return conflicts;
}

/** What is left to the other managers after an apply by `writer`. */
export function othersAfterApply(owners: Owners, writer: FieldManager, compare: Comparisons): Map<string, OwnedFields> {
  const self = ownerKey(writer);
  const after = new Map<string, OwnedFields>();
  for (const [key, owned] of owners) {
    const rest = key === self ? owned : whatRemains(owned, compare(owned.apiVersion), false);
    if (rest && !isEmptySet(rest.fields)) after.set(key, rest);
  }
  return after;
}
