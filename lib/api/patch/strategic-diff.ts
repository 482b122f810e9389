import { setEntry } from "../../../gen/plain-values.ts";
import { clonePlain } from "../../base/plain-data.ts";
import { deepEqual } from "../deep.ts";
import { isRecord, type JsonRecord } from "../records.ts";
import {
  badPatch,
  deleteFromListPrefix,
  elementOrderPrefix,
  mergeKeyValue,
  objectElements,
  patchMarker,
  retainKeysMarker,
} from "./directives.ts";
import { ElementOrder, isOrderSame } from "./element-order.ts";
import { type MemberRules, type PatchRules, patchRulesOf } from "./patch-schema.ts";
import { mergeStrategicPatches } from "./strategic-merge.ts";

/** The strategic merge patch that turns `original` into `modified`; empty when they are equal. */
export function createTwoWayStrategicPatch(messageName: string, original: object, modified: object): JsonRecord {
  return diff(messageName, original, modified, { changes: true, deletions: true });
}

/**
 * The patch that brings `current` to `modified` and deletes what `original` (the last applied) had and `modified` has no
 * more; what others added to `current` stays. As `kubectl apply` makes it.
 */
export function createThreeWayStrategicPatch(
  messageName: string,
  original: object,
  modified: object,
  current: object,
): JsonRecord {
  const delta = diff(messageName, current, modified, { changes: true, deletions: false });
  const deletions = diff(messageName, original, modified, { changes: false, deletions: true });
  return mergeStrategicPatches(messageName, deletions, delta);
}

interface Wanted {
  readonly changes: boolean;
  readonly deletions: boolean;
}

function diff(messageName: string, original: object, modified: object, wanted: Wanted): JsonRecord {
  const [before, after] = [clonePlain<unknown>(original), clonePlain<unknown>(modified)];
  if (!isRecord(before) || !isRecord(after)) throw badPatch("Invalid JSON document");
  return diffObjects(before, after, patchRulesOf(messageName), wanted, false);
}

function diffObjects(
  before: JsonRecord,
  after: JsonRecord,
  rules: PatchRules,
  wanted: Wanted,
  retainsKeys: boolean,
): JsonRecord {
  const patch: JsonRecord = {};
  for (const key of Object.keys(after)) diffMember(key, before, after, rules, wanted, patch);
  if (wanted.deletions)
    for (const key of Object.keys(before)) if (!Object.hasOwn(after, key)) setEntry(patch, key, null);
  const hasMore = Object.keys(before).some((key) => !Object.hasOwn(after, key));
  const kept = Object.keys(after).filter((key) => after[key] !== null);
  if (retainsKeys && kept.length > 0 && (hasMore || Object.keys(patch).length > 0))
    patch[retainKeysMarker] = kept.sort();
  return patch;
}

function diffMember(
  key: string,
  before: JsonRecord,
  after: JsonRecord,
  rules: PatchRules,
  wanted: Wanted,
  patch: JsonRecord,
): void {
  const [old, value] = [Object.hasOwn(before, key) ? before[key] : undefined, after[key]];
  if (isRecord(old) && isRecord(value)) {
    const member = rules.member(key, false);
    if (member.strategy === "replace") replaceIfDifferent(key, old, value, wanted, patch);
    else {
      const inner = diffObjects(old, value, member.inner, wanted, member.retainsKeys);
      if (Object.keys(inner).length > 0) setEntry(patch, key, inner);
    }
  } else if (Array.isArray(old) && Array.isArray(value)) {
    const member = rules.member(key, true);
    if (member.strategy === "replace") replaceIfDifferent(key, old, value, wanted, patch);
    else diffLists(key, old, value, member, wanted, patch);
  } else replaceIfDifferent(key, old, value, wanted, patch);
}

function replaceIfDifferent(key: string, old: unknown, value: unknown, wanted: Wanted, patch: JsonRecord): void {
  if (wanted.changes && !deepEqual(old, value)) setEntry(patch, key, value);
}

function diffLists(
  key: string,
  old: unknown[],
  value: unknown[],
  member: MemberRules,
  wanted: Wanted,
  patch: JsonRecord,
): void {
  if (old.length === 0) {
    if (wanted.changes && value.length > 0) setEntry(patch, key, value);
    return;
  }
  const isObjects = isRecord(old[0] ?? value[0]);
  const { changed, removed } = isObjects
    ? diffObjectElements(objectElements(old), objectElements(value), member, wanted)
    : diffPlainElements(old, value, wanted);
  const listed = isObjects ? [...changed, ...removed] : changed;
  if (listed.length > 0) setEntry(patch, key, listed);
  if (!isObjects && removed.length > 0) patch[deleteFromListPrefix + key] = removed;
  const isReordered = wanted.changes && !hasOrder(old, value, member.mergeKey, wanted);
  if (value.length === 0 || (changed.length === 0 && removed.length === 0 && !isReordered)) return;
  patch[elementOrderPrefix + key] = isObjects
    ? objectElements(value).map((element) => ({ [member.mergeKey]: element[member.mergeKey] }))
    : value;
}

/** Whether a list has the wanted order already; where nothing is deleted, what others added to it may stand between. */
function hasOrder(old: unknown[], value: unknown[], mergeKey: string, wanted: Wanted): boolean {
  const kept = new ElementOrder(value, mergeKey);
  return isOrderSame(wanted.deletions ? old : old.filter((element) => kept.has(element)), value, mergeKey);
}

interface ListDifference {
  /** Elements that are new or differ, in the order of the modified list. */
  changed: unknown[];
  removed: unknown[];
}

function diffPlainElements(old: unknown[], value: unknown[], wanted: Wanted): ListDifference {
  const changed = wanted.changes ? [...new Set(value)].filter((item) => !old.includes(item)) : [];
  const removed = wanted.deletions ? [...new Set(old)].filter((item) => !value.includes(item)) : [];
  return { changed, removed };
}

function diffObjectElements(
  old: JsonRecord[],
  value: JsonRecord[],
  member: MemberRules,
  wanted: Wanted,
): ListDifference {
  const { mergeKey } = member;
  const byKey = new Map(old.map((element) => [mergeKeyValue(element, mergeKey), element]));
  const changed: unknown[] = [];
  for (const element of value) {
    const identity = mergeKeyValue(element, mergeKey);
    const before = byKey.get(identity);
    if (!before) {
      if (wanted.changes) changed.push(element);
      continue;
    }
    const inner = diffObjects(before, element, member.inner, wanted, member.retainsKeys);
    if (Object.keys(inner).length > 0) changed.push({ ...inner, [mergeKey]: identity });
  }
  const kept = new ElementOrder(value, mergeKey);
  const gone = wanted.deletions ? old.filter((element) => !kept.has(element)) : [];
  const removed = gone.map((element) => ({ [mergeKey]: element[mergeKey], [patchMarker]: "delete" }));
  return { changed, removed };
}
