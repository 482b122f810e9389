import { setEntry } from "../../gen/plain-values.ts";
import { isRecord, type JsonRecord } from "../api/records.ts";
import { clonePlain } from "../base/plain-data.ts";
import type { StructuralSchema } from "./structural-schema.ts";

/** Fills, in place, what is absent and has a default; a null goes where a default stands and null may not. */
export function applyDefaults(value: unknown, schema: StructuralSchema): void {
  if (!schema.defaultsBelow) return;
  if (isRecord(value)) defaultRecord(value, schema);
  else if (Array.isArray(value) && schema.items) defaultList(value, schema.items);
}

function defaultRecord(record: JsonRecord, schema: StructuralSchema): void {
  for (const [name, property] of schema.properties) {
    if (!property.defaultsBelow) continue;
    const present = Object.hasOwn(record, name) ? record[name] : undefined;
    const isMissing = present === undefined || (present === null && !property.isNullable);
    if (property.hasDefault && isMissing) setEntry(record, name, clonePlain(property.source.default));
    if (Object.hasOwn(record, name)) applyDefaults(record[name], property);
  }
  const { additionalProperties: additional } = schema;
  if (typeof additional !== "object" || !additional.defaultsBelow) return;
  for (const key of Object.keys(record)) {
    if (schema.properties.has(key)) continue;
    if (record[key] === null && !additional.isNullable && additional.hasDefault)
      setEntry(record, key, clonePlain(additional.source.default));
    applyDefaults(record[key], additional);
  }
}

function defaultList(list: unknown[], items: StructuralSchema): void {
  for (const [index, item] of list.entries()) {
    if (item === null && !items.isNullable && items.hasDefault) list[index] = clonePlain(items.source.default);
    applyDefaults(list[index], items);
  }
}
