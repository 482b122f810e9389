import type { FieldErrors } from "../../api/field-errors.ts";

/** Checks that a list is not too long, and each of its members. */
export function eachWithin<T>(
  list: readonly T[] | undefined,
  max: number,
  path: string,
  errors: FieldErrors,
  check: (item: T, path: string) => void,
): void {
  const items = list ?? [];
  if (items.length > max) errors.tooMany(path, items.length, max);
  for (const [index, item] of items.entries()) check(item, `${path}[${index}]`);
}

/** Reports keys that are there more than once; `pathOf` says where. */
export function checkDistinct(keys: readonly string[], pathOf: (index: number) => string, errors: FieldErrors): void {
  for (const [index, key] of keys.entries()) if (keys.indexOf(key) < index) errors.duplicate(pathOf(index), key);
}
