import { StatusError } from "../../base/status-error.ts";
import { isRecord, type JsonRecord } from "../records.ts";

/** Says what becomes of the object it stands in: `replace`, `delete` or `merge`. */
export const patchMarker = "$patch";
/** Lists the only members that an object keeps. */
export const retainKeysMarker = "$retainKeys";
/** Before the name of a list: which plain values leave it. */
export const deleteFromListPrefix = "$deleteFromPrimitiveList/";
/** Before the name of a list: the order of its elements. */
export const elementOrderPrefix = "$setElementOrder/";

/** Whether a member of a patch is an instruction and no member of the object. `$ref` and the like are members. */
function isDirective(key: string): boolean {
  return (
    key.startsWith("$") &&
    (key === patchMarker ||
      key === retainKeysMarker ||
      key.startsWith(deleteFromListPrefix) ||
      key.startsWith(elementOrderPrefix))
  );
}

/** A patch that cannot be understood. */
export function badPatch(message: string): StatusError {
  return new StatusError("BadRequest", message);
}

/** Takes instructions and nulls out of a part of a patch that becomes part of an object, in place. */
export function plainRecord(part: JsonRecord): JsonRecord {
  for (const key of Object.keys(part)) {
    const value = part[key];
    if (value === null || isDirective(key) || (isRecord(value) && value[patchMarker] === "delete")) delete part[key];
    else if (Array.isArray(value)) part[key] = plainList(value);
    else if (isRecord(value)) plainRecord(value);
  }
  return part;
}

/** As `plainRecord`, for a list; elements that are instructions go. */
export function plainList(part: readonly unknown[]): unknown[] {
  const plain = part.filter((item) => !isDirectiveElement(item));
  for (const item of plain) if (isRecord(item)) plainRecord(item);
  return plain;
}

/** Whether a list's element only says what becomes of the list or of another element. */
function isDirectiveElement(item: unknown): boolean {
  return isRecord(item) && (item[patchMarker] === "delete" || item[patchMarker] === "replace");
}

/** The elements of a list of objects. @throws StatusError when it has others. */
export function objectElements(list: readonly unknown[]): JsonRecord[] {
  return list.map((item) => {
    if (!isRecord(item)) throw badPatch("list element types are not identical");
    return item;
  });
}

/** What identifies an element of a list. @throws StatusError when the element does not say. */
export function mergeKeyValue(element: Readonly<JsonRecord>, mergeKey: string): unknown {
  const value = element[mergeKey];
  if (value === undefined || value === null)
    throw badPatch(`map: ${JSON.stringify(element)} does not contain declared merge key: ${mergeKey}`);
  return value;
}
