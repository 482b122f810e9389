import { setEntry } from "../../../gen/plain-values.ts";
import { clonePlain } from "../../base/plain-data.ts";
import { deepEqual } from "../deep.ts";
import { isRecord, type JsonRecord, ownMember } from "../records.ts";

/** Applies a JSON merge patch (RFC 7386); neither argument is changed. */
export function applyMergePatch(target: unknown, patch: unknown): unknown {
  return merged(target, patch);
}

function merged(target: unknown, patch: unknown): unknown {
  if (!isRecord(patch)) return clonePlain(patch);
  const result: JsonRecord = {};
  if (isRecord(target)) {
    for (const key of Object.keys(target))
      if (!Object.hasOwn(patch, key)) setEntry(result, key, clonePlain(target[key]));
  }
  for (const key of Object.keys(patch)) {
    if (patch[key] !== null)
      setEntry(result, key, merged(isRecord(target) ? ownMember(target, key) : undefined, patch[key]));
  }
  return result;
}

/** The merge patch that turns `original` into `modified`; empty when they are equal. */
export function createMergePatch(original: object, modified: object): JsonRecord {
  return diff(original, modified, { changes: true, deletions: true });
}

/**
 * The merge patch that brings `current` to `modified` and deletes what `original` (the last applied) had and `modified`
 * has no more. As `kubectl apply` makes it for kinds without a contract.
 */
export function createThreeWayMergePatch(original: object, modified: object, current: object): JsonRecord {
  const deletions = diff(original, modified, { changes: false, deletions: true });
  return joined(deletions, diff(current, modified, { changes: true, deletions: false }));
}

interface Wanted {
  readonly changes: boolean;
  readonly deletions: boolean;
}

function diff(original: unknown, modified: unknown, wanted: Wanted): JsonRecord {
  const patch: JsonRecord = {};
  if (!isRecord(original) || !isRecord(modified)) return patch;
  for (const key of Object.keys(modified)) {
    const [old, value] = [ownMember(original, key), modified[key]];
    if (isRecord(old) && isRecord(value)) {
      const inner = diff(old, value, wanted);
      if (Object.keys(inner).length > 0) setEntry(patch, key, inner);
    } else if (wanted.changes && !deepEqual(old, value)) setEntry(patch, key, clonePlain(value));
  }
  if (wanted.deletions)
    for (const key of Object.keys(original)) if (ownMember(modified, key) === undefined) setEntry(patch, key, null);
  return patch;
}

/** Both patches in one; `second` counts where they differ. */
function joined(first: JsonRecord, second: JsonRecord): JsonRecord {
  const result = { ...first };
  for (const key of Object.keys(second)) {
    const [one, other] = [ownMember(first, key), second[key]];
    setEntry(result, key, isRecord(one) && isRecord(other) ? joined(one, other) : other);
  }
  return result;
}
