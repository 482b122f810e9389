import { isRecord, type JsonRecord } from "../records.ts";
import { isSame, withoutPlaces } from "./compare.ts";
import { conflictError } from "./conflict-error.ts";
import { emptySet, type FieldSet, isEmptySet, recursiveDifference } from "./field-set.ts";
import { mergeApplied } from "./merge.ts";
import { type FieldManager, type OwnedFields, type Owners, ownerKey, sameOwners } from "./owners.ts";
import { compareInVersions, conflictsOf, type OwnershipConflict, othersAfterApply } from "./ownership.ts";
import { prune } from "./prune.ts";
import { withoutSystemFields } from "./system-fields.ts";
import type { KindVersion, KindVersions } from "./versions.ts";

/** A configuration that somebody applies to an object. */
export interface Application<T extends object> {
  readonly versions: KindVersions;
  readonly writer: FieldManager;
  /** The object as it is, in the version in which it is kept; with little in it when there is none yet. */
  readonly live: object;
  /** The configuration, in the writer's version. */
  readonly applied: object;
  /** The places that the configuration sets. */
  readonly fields: FieldSet;
  readonly owners: Owners;
  /** Places that this way of writing does not set. */
  readonly ignored: FieldSet;
  /** Conflicts that are no obstacle: all of them, or those in a set. */
  readonly force: boolean | FieldSet;
  /** Makes a proper object, in the kept version, of the merged one, which is in the writer's. */
  readonly read: (merged: JsonRecord) => T | Promise<T>;
  /** RFC 3339. */
  readonly now: string;
}

/** What an application makes of an object. */
export interface Applied<T extends object> {
  readonly object: T;
  readonly owners: Owners;
}

/**
 * Merges a configuration into an object: the applier owns what it sets, what it set before and sets no more goes unless
 * others own it.
 * @throws StatusError `Conflict` with a cause for each field that another manager has set to another value.
 */
export async function applyConfiguration<T extends object>(application: Application<T>): Promise<Applied<T>> {
  const { versions, writer, live, owners, ignored } = application;
  const version = versions(writer.apiVersion);
  if (!version) throw new RangeError(`no version ${writer.apiVersion}`);
  const fields = withoutSystemFields(recursiveDifference(application.fields, ignored));
  const key = ownerKey(writer);
  const last = owners.get(key);
  const now: OwnedFields = { ...writer, time: last?.time, fields };
  const claimed = new Map(owners).set(key, now);
  const merged = await mergeAndPrune(application, version, claimed, last);
  const object = await application.read(merged);
  const change = { versions, writer, before: live, after: object, owners: claimed, ignored, now: application.now };
  const compare = await compareInVersions(change);
  const conflicts = conflictsOf(claimed, writer, compare).filter((conflict) => isObstacle(conflict, application.force));
  if (conflicts.length > 0) throw conflictError(conflicts);
  const after = othersAfterApply(claimed, writer, compare);
  const comparison = compare(writer.apiVersion);
  const changed = !comparison || !isSame(comparison) || !sameOwners(owners, after);
  if (changed && !isEmptySet(fields)) after.set(key, { ...now, time: application.now });
  return { object, owners: after };
}

function isObstacle({ fields }: OwnershipConflict, force: boolean | FieldSet): boolean {
  if (typeof force === "boolean") return !force;
  return !isEmptySet(withoutPlaces({ added: fields, modified: emptySet, removed: emptySet }, force).added);
}

async function mergeAndPrune(
  { versions, live, applied }: Pick<Application<object>, "versions" | "live" | "applied">,
  version: KindVersion,
  owners: Owners,
  last: OwnedFields | undefined,
): Promise<JsonRecord> {
  const shown = version.show ? await version.show(live) : live;
  const merged = mergeApplied(version.shape, shown, applied);
  const pruned =
    last && isRecord(merged) && !isEmptySet(last.fields)
      ? await prune(versions, version, merged, owners, last)
      : merged;
  if (!isRecord(pruned)) throw new TypeError("an applied configuration is an object");
  return pruned;
}
