import { clonePlain } from "../../base/plain-data.ts";
import { deepEqual } from "../deep.ts";
import { isRecord, type JsonRecord } from "../records.ts";

/** The merge patch that makes `after` of `before`. */
export function createMergePatch(before: JsonRecord, after: JsonRecord): JsonRecord {
  return { ...removals(before, after), ...changes(before, after, createMergePatch) };
}

/**
 * The merge patch for an object that was last applied as `original`, is now to be as `modified`, and is as `current`: what
 * others set stays.
 */
export function createThreeWayMergePatch(original: JsonRecord, modified: JsonRecord, current: JsonRecord): JsonRecord {
  const patch = changes(current, modified, additions);
  return mergePatches(patch, deletions(original, modified));
}

function additions(before: JsonRecord, after: JsonRecord): JsonRecord {
  return changes(before, after, additions);
}

function changes(
  before: JsonRecord,
  after: JsonRecord,
  inner: (before: JsonRecord, after: JsonRecord) => JsonRecord,
): JsonRecord {
  const patch: JsonRecord = {};
  for (const [key, value] of Object.entries(after)) {
    const old = Object.hasOwn(before, key) ? before[key] : undefined;
    if (deepEqual(old, value)) continue;
    if (!isRecord(value) || !isRecord(old)) patch[key] = clonePlain(value);
    else {
      const part = inner(old, value);
      if (Object.keys(part).length > 0) patch[key] = part;
    }
  }
  return patch;
}

function removals(before: JsonRecord, after: JsonRecord): JsonRecord {
  const gone = Object.keys(before).filter((key) => !Object.hasOwn(after, key));
  return Object.fromEntries(gone.map((key) => [key, null]));
}

/** Of a change, only what is no longer there. */
function deletions(before: JsonRecord, after: JsonRecord): JsonRecord {
  const patch = removals(before, after);
  for (const [key, value] of Object.entries(after)) {
    const old = Object.hasOwn(before, key) ? before[key] : undefined;
    if (!isRecord(value) || !isRecord(old)) continue;
    const part = deletions(old, value);
    if (Object.keys(part).length > 0) patch[key] = part;
  }
  return patch;
}

function mergePatches(first: JsonRecord, second: JsonRecord): JsonRecord {
  const merged: JsonRecord = { ...first };
  for (const [key, value] of Object.entries(second)) {
    const own = merged[key];
    merged[key] = isRecord(own) && isRecord(value) ? mergePatches(own, value) : value;
  }
  return merged;
}
