import type { FieldSet } from "../../lib/api/managed-fields/field-set.ts";
import { hasOutline, type ObjectOutline, outlineOf } from "../../lib/api/managed-fields/object-outline.ts";
import { sharedSet } from "../../lib/api/managed-fields/shared-set.ts";
import type { ApiObject } from "../../lib/resources/strategy.ts";
import type { ResourceInfo } from "./resource-info.ts";

interface Known {
  readonly outline: ObjectOutline;
  readonly fields: FieldSet;
}

/** Per kind; what was needed last comes first. */
const knownMax = 8;
const known = new WeakMap<ResourceInfo, Known[]>();

/** The places that a new object sets, when another one of the same outline was new lately. */
export function knownFields(info: ResourceInfo, object: ApiObject): FieldSet | undefined {
  const list = known.get(info);
  const index = list?.findIndex(({ outline }) => hasOutline(outline, object)) ?? -1;
  const found = list?.[index];
  if (!list || !found) return undefined;
  if (index > 0) {
    list.splice(index, 1);
    list.unshift(found);
  }
  return found.fields;
}

/** Keeps which places a new object sets; answers them as they are to be stored. */
export function rememberFields(info: ResourceInfo, object: ApiObject, fields: FieldSet): FieldSet {
  // Without a contract, an object that nobody has told anything may have any values.
  const { shape, message } = info.form;
  if (!shape || message === undefined) return fields;
  const list = known.get(info) ?? [];
  known.set(info, list);
  const shared = sharedSet(fields);
  list.unshift({ outline: outlineOf(shape, object), fields: shared });
  if (list.length > knownMax) list.pop();
  return shared;
}
