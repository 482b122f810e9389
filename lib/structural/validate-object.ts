import { deepEqual } from "../api/deep.ts";
import type { FieldErrors } from "../api/field-errors.ts";
import { isRecord, type JsonRecord } from "../api/records.ts";
import { correlate, mapKey } from "./correlate.ts";
import type { StructuralSchema } from "./structural-schema.ts";
import { validateRules } from "./validate-rules.ts";
import { validateValue } from "./validate-value.ts";

const uncheckedRules =
  "some validation rules were not checked because the object was invalid; correct the existing errors to complete validation";

/** Checks a custom object by its schema; what is as it was in `old` is not held against it. */
export function validateCustomObject(
  schema: StructuralSchema,
  object: object,
  errors: FieldErrors,
  old?: object,
): void {
  const before = errors.count;
  validateValue(schema.source, object, "", errors, old);
  validateMembers({ value: object, old, path: "" }, schema, errors);
  if (!schema.rulesBelow) return;
  if (errors.count > before) errors.invalid("<nil>", null, uncheckedRules);
  else validateRules(schema, object, old, errors);
}

interface Place {
  readonly value: unknown;
  readonly old: unknown;
  readonly path: string;
}

/** What Kubernetes adds to JSON schemas: lists that are sets or maps, and objects in objects. */
function validateMembers(place: Place, schema: StructuralSchema, errors: FieldErrors): void {
  const { value, old, path } = place;
  if (old !== undefined && deepEqual(value, old)) return;
  if (Array.isArray(value)) validateList(value, place, schema, errors);
  else if (isRecord(value)) validateRecord(value, place, schema, errors);
  if (schema.isEmbedded && isRecord(value)) validateEmbedded(value, path, errors);
}

function validateRecord(record: JsonRecord, { old, path }: Place, schema: StructuralSchema, errors: FieldErrors): void {
  const { additionalProperties: additional } = schema;
  for (const [name, value] of Object.entries(record)) {
    const member = schema.properties.get(name) ?? (typeof additional === "object" ? additional : undefined);
    if (!member) continue;
    const before = isRecord(old) && Object.hasOwn(old, name) ? old[name] : undefined;
    validateMembers({ value, old: before, path: path ? `${path}.${name}` : name }, member, errors);
  }
}

function validateList(
  list: readonly unknown[],
  { old, path }: Place,
  schema: StructuralSchema,
  errors: FieldErrors,
): void {
  const { items, source } = schema;
  const listType = source["x-kubernetes-list-type"];
  if (listType === "set")
    reportRepeated(
      list,
      path,
      (item) => JSON.stringify(item),
      (item) => item,
      errors,
    );
  if (listType === "map") {
    const keys = source["x-kubernetes-list-map-keys"] ?? [];
    const keysOf = (item: unknown) =>
      isRecord(item)
        ? Object.fromEntries(keys.filter((key) => item[key] !== undefined).map((key) => [key, item[key]]))
        : {};
    reportRepeated(list, path, mapKey(source), keysOf, errors);
  }
  if (!items) return;
  const oldItem = correlate(source, old);
  for (const [index, value] of list.entries())
    validateMembers({ value, old: oldItem(value), path: `${path}[${index}]` }, items, errors);
}

function reportRepeated(
  list: readonly unknown[],
  path: string,
  keyOf: (item: unknown) => string | undefined,
  shown: (item: unknown) => unknown,
  errors: FieldErrors,
): void {
  const seen = new Set<string>();
  for (const [index, item] of list.entries()) {
    const key = keyOf(item);
    if (key === undefined) continue;
    if (seen.has(key)) errors.duplicate(`${path}[${index}]`, shown(item));
    seen.add(key);
  }
}

function validateEmbedded(object: JsonRecord, path: string, errors: FieldErrors): void {
  for (const field of ["apiVersion", "kind"]) {
    const value = object[field];
    if (value === undefined || value === "") errors.required(`${path}.${field}`, "must not be empty");
    else if (typeof value !== "string") errors.invalid(`${path}.${field}`, value, "must be a string");
  }
  const { metadata } = object;
  if (metadata !== undefined && !isRecord(metadata)) errors.invalid(`${path}.metadata`, metadata, "must be an object");
}
