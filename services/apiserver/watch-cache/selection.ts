import type { CachedObject, IndexedFields } from "./cached-object.ts";

/** Which objects of a resource a list or a watch is about. */
export interface Selection {
  /** Equal for selections that match the same objects. */
  readonly key: string;
  /** Absent for all namespaces. */
  readonly namespace?: string | undefined;
  /** Fields that must have a value: also how watchers are found for an event. */
  readonly fieldValues: readonly (readonly [path: string, value: string])[];
  /** Everything that selectors say; absent when there are none. */
  readonly matches?: ((index: IndexedFields) => boolean) | undefined;
}

/** Whether `entry` is selected; `indexOf` is asked only where selectors are. */
export function isSelected(
  selection: Selection,
  entry: CachedObject,
  indexOf: (entry: CachedObject) => IndexedFields,
): boolean {
  if (selection.namespace !== undefined && entry.namespace !== selection.namespace) return false;
  return !selection.matches || selection.matches(indexOf(entry));
}
