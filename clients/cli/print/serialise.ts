import { isRecord, type JsonRecord } from "../../../lib/api/records.ts";
import type { ApiObject } from "../../../lib/api/resource-info.ts";

/** An object as kubectl prints it: keys in order, without what it hides. */
export function plainObject(object: ApiObject, showManagedFields: boolean): unknown {
  const { managedFields, ...metadata } = object.metadata ?? {};
  const shown = showManagedFields && managedFields ? { ...metadata, managedFields } : metadata;
  return sorted({ ...object, metadata: shown });
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isRecord(value)) return value;
  const result: JsonRecord = {};
  for (const key of Object.keys(value).sort()) if (value[key] !== undefined) result[key] = sorted(value[key]);
  return result;
}

/** Several objects in one. */
export function asList(items: readonly unknown[]): unknown {
  return { apiVersion: "v1", items, kind: "List", metadata: { resourceVersion: "" } };
}

/** JSON as Go writes it, indented by four; `<`, `>` and `&` are escaped. */
export function formatJson(value: unknown, indent = 4): string {
  const text = JSON.stringify(value, undefined, indent);
  return text.replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** The same in one line, keys in order: what is stored in annotations. */
export function formatCanonicalJson(value: unknown): string {
  return formatJson(sorted(value), 0);
}
