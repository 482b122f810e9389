import { isRecord } from "../records.ts";
import { difference, type FieldSet, intersection, isEmptySet, union } from "./field-set.ts";
import { fieldsOf } from "./fields-of.ts";
import type { OwnedFields, Owners } from "./owners.ts";
import { removeItems, withNamedFields } from "./remove-items.ts";
import type { KindVersion, KindVersions } from "./versions.ts";

/**
 * Takes out of a merged object what its applier owned (`last`) and nobody owns any more. `owners` has the applier's new
 * fields. What nobody ever owned stays.
 */
export async function prune(
  versions: KindVersions,
  version: KindVersion,
  merged: object,
  owners: Owners,
  last: OwnedFields,
): Promise<object> {
  const lastVersion = versions(last.apiVersion);
  if (!lastVersion || isNothingGivenUp(lastVersion, owners, last)) return merged;
  const whole = await convert(merged, version, lastVersion);
  const given = withNamedFields(lastVersion.shape, last.fields);
  let pruned = without(lastVersion, whole, given);
  for (const [apiVersion, owned] of ownedByVersion(owners)) {
    const other = versions(apiVersion);
    if (!other) continue;
    const everything = await convert(whole, lastVersion, other);
    const rest = addBack(other, everything, await convert(pruned, lastVersion, other), owned);
    pruned = await convert(rest, other, lastVersion);
  }
  return convert(addBackUnowned(lastVersion, whole, pruned, given), lastVersion, version);
}

/** In most applications nothing is given up: the applier still sets all that it set before. */
function isNothingGivenUp({ apiVersion, shape }: KindVersion, owners: Owners, last: OwnedFields): boolean {
  let owned: FieldSet = {};
  for (const other of owners.values()) if (other.apiVersion === apiVersion) owned = union(owned, other.fields);
  return isEmptySet(difference(withNamedFields(shape, last.fields), withNamedFields(shape, owned)));
}

async function convert(object: object, from: KindVersion, to: KindVersion): Promise<object> {
  if (from === to) return object;
  const kept = from.read ? await from.read(object) : object;
  return to.show ? to.show(kept) : kept;
}

function without({ shape }: KindVersion, object: object, places: FieldSet): object {
  const rest = removeItems(shape, object, places);
  return isRecord(rest) ? rest : {};
}

function ownedByVersion(owners: Owners): Map<string, FieldSet> {
  const byVersion = new Map<string, FieldSet>();
  for (const { apiVersion, fields } of owners.values()) {
    byVersion.set(apiVersion, union(byVersion.get(apiVersion) ?? {}, fields));
  }
  return byVersion;
}

/** The pruned object with everything of the whole one that somebody owns. */
function addBack(version: KindVersion, whole: object, pruned: object, owned: FieldSet): object {
  const { shape } = version;
  const kept = union(namedFieldsOf(version, pruned), withNamedFields(shape, owned));
  return without(version, whole, difference(namedFieldsOf(version, whole), kept));
}

/** The pruned object with everything that went although the applier had never owned it. */
function addBackUnowned(version: KindVersion, whole: object, pruned: object, given: FieldSet): object {
  const gone = difference(namedFieldsOf(version, whole), namedFieldsOf(version, pruned));
  return without(version, whole, intersection(gone, given));
}

function namedFieldsOf({ shape }: KindVersion, object: object): FieldSet {
  return withNamedFields(shape, fieldsOf(shape, object).fields);
}
