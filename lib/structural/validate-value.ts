import type { JSONSchemaProps } from "../../gen/typernetes/apiextensions/v1/custom_resource_definition.ts";
import { deepEqual } from "../api/deep.ts";
import type { FieldErrors } from "../api/field-errors.ts";
import { isRecord, type JsonRecord } from "../api/records.ts";
import { compilePattern } from "../cel/pattern.ts";
import { correlate } from "./correlate.ts";
import { hasFormat } from "./formats.ts";
import { jsonType } from "./json-type.ts";

/** One value, where it is, and what stood there before when that is known. */
interface Place {
  readonly value: unknown;
  readonly path: string;
  readonly old?: unknown;
}

type Report = (errors: FieldErrors) => void;

/**
 * Checks a value by a schema, in the words of Kubernetes. A part that is as it was in `old` is taken as it is, so that
 * objects older than a rule can still be changed.
 */
export function validateValue(
  schema: JSONSchemaProps,
  value: unknown,
  path: string,
  errors: FieldErrors,
  old?: unknown,
): void {
  for (const report of findProblems(schema, { value, path, old })) report(errors);
}

function findProblems(schema: JSONSchemaProps, place: Place): Report[] {
  const reports: Report[] = [];
  if (place.old !== undefined && deepEqual(place.value, place.old)) return reports;
  if (place.value === null && schema.nullable) return reports;
  const misfit = typeMisfit(schema, place.value);
  if (misfit) {
    const found = jsonType(place.value);
    reports.push((errors) =>
      errors.typeInvalid(place.path, found, `${place.path} in body must be of type ${misfit}: "${found}"`),
    );
    return reports;
  }
  checkEnum(schema, place, reports);
  if (typeof place.value === "string") checkText(schema, place.value, place.path, reports);
  else if (typeof place.value === "number") checkNumber(schema, place.value, place.path, reports);
  else if (Array.isArray(place.value)) checkList(schema, place.value, place, reports);
  else if (isRecord(place.value)) checkRecord(schema, place.value, place, reports);
  checkCombinations(schema, place, reports);
  return reports;
}

/** The type that a value should have and has not. */
function typeMisfit(schema: JSONSchemaProps, value: unknown): string | undefined {
  const found = jsonType(value);
  if (schema["x-kubernetes-int-or-string"])
    return found === "integer" || found === "string" ? undefined : "integer,string";
  const { type } = schema;
  if (!type || found === type || (type === "number" && found === "integer")) return undefined;
  return type;
}

function checkEnum(schema: JSONSchemaProps, { value, path }: Place, reports: Report[]): void {
  const allowed = schema.enum;
  if (!allowed || allowed.length === 0 || allowed.some((candidate) => deepEqual(candidate, value))) return;
  const names = allowed.map((candidate) => (typeof candidate === "string" ? candidate : JSON.stringify(candidate)));
  reports.push((errors) => errors.notSupported(path, value, names));
}

function checkText(schema: JSONSchemaProps, text: string, path: string, reports: Report[]): void {
  const { minLength, maxLength, pattern, format } = schema;
  if (minLength !== undefined || maxLength !== undefined) {
    const length = [...text].length;
    if (maxLength !== undefined && length > maxLength) reports.push((errors) => errors.tooLong(path, maxLength));
    if (minLength !== undefined && length < minLength)
      reports.push(bodyFault(path, text, `should be at least ${minLength} chars long`));
  }
  if (pattern && !matchesPattern(pattern, text)) reports.push(bodyFault(path, text, `should match '${pattern}'`));
  if (format && !hasFormat(format, text)) {
    const detail = `${path} in body must be of type ${format}: ${JSON.stringify(text)}`;
    reports.push((errors) => errors.typeInvalid(path, text, detail));
  }
}

/** A pattern that cannot be read was let in by an older server; nothing matches it. */
function matchesPattern(pattern: string, text: string): boolean {
  try {
    return compilePattern(pattern)(text);
  } catch {
    return false;
  }
}

function checkNumber(schema: JSONSchemaProps, value: number, path: string, reports: Report[]): void {
  const { minimum, maximum, multipleOf } = schema;
  const fault = (detail: string) => reports.push(bodyFault(path, value, detail));
  if (maximum !== undefined && (schema.exclusiveMaximum ? value >= maximum : value > maximum))
    fault(`should be less than ${schema.exclusiveMaximum ? "" : "or equal to "}${maximum}`);
  if (minimum !== undefined && (schema.exclusiveMinimum ? value <= minimum : value < minimum))
    fault(`should be greater than ${schema.exclusiveMinimum ? "" : "or equal to "}${minimum}`);
  if (multipleOf && !Number.isInteger(Number((value / multipleOf).toPrecision(15))))
    fault(`should be a multiple of ${multipleOf}`);
}

function checkList(schema: JSONSchemaProps, list: readonly unknown[], place: Place, reports: Report[]): void {
  const { minItems, maxItems, uniqueItems, items } = schema;
  const { path } = place;
  if (maxItems !== undefined && list.length > maxItems)
    reports.push((errors) => errors.tooMany(path, list.length, maxItems));
  if (minItems !== undefined && list.length < minItems)
    reports.push(bodyFault(path, list.length, `should have at least ${minItems} items`));
  if (uniqueItems && list.some((item, index) => list.slice(0, index).some((other) => deepEqual(item, other))))
    reports.push(bodyFault(path, "", "shouldn't contain duplicates"));
  if (!isRecord(items)) return;
  const oldItem = correlate(schema, place.old);
  for (const [index, value] of list.entries())
    append(reports, findProblems(items, { value, path: `${path}[${index}]`, old: oldItem(value) }));
}

function checkRecord(schema: JSONSchemaProps, record: JsonRecord, place: Place, reports: Report[]): void {
  const { path } = place;
  const count = Object.keys(record).length;
  const { minProperties, maxProperties } = schema;
  for (const name of schema.required ?? [])
    if (!Object.hasOwn(record, name)) reports.push((errors) => errors.required(join(path, name)));
  if (maxProperties !== undefined && count > maxProperties)
    reports.push((errors) => errors.tooMany(path, count, maxProperties));
  if (minProperties !== undefined && count < minProperties)
    reports.push(bodyFault(path, count, `should have at least ${minProperties} properties`));
  const additional = isRecord(schema.additionalProperties) ? schema.additionalProperties : undefined;
  const old = isRecord(place.old) ? place.old : undefined;
  for (const [name, value] of Object.entries(record)) {
    const member: JSONSchemaProps | undefined = ownProperty(schema.properties, name) ?? additional;
    if (!member) continue;
    const before = old && Object.hasOwn(old, name) ? old[name] : undefined;
    append(reports, findProblems(member, { value, path: join(path, name), old: before }));
  }
}

function ownProperty(properties: JSONSchemaProps["properties"], name: string): JSONSchemaProps | undefined {
  return properties && Object.hasOwn(properties, name) ? properties[name] : undefined;
}

function checkCombinations(schema: JSONSchemaProps, place: Place, reports: Report[]): void {
  const { allOf = [], anyOf = [], oneOf = [], not } = schema;
  const name = JSON.stringify(place.path);
  const whole = (detail: string) => reports.push((errors) => errors.invalid("<nil>", "", `${name} ${detail}`));
  if (allOf.length > 0) {
    const found = allOf.flatMap((part) => findProblems(part, place));
    append(reports, found);
    if (found.length > 0) whole("must validate all the schemas (allOf)");
  }
  if (anyOf.length > 0) {
    const attempts = anyOf.map((part) => findProblems(part, place));
    if (attempts.every((found) => found.length > 0)) {
      whole("must validate at least one schema (anyOf)");
      append(reports, fewest(attempts));
    }
  }
  if (oneOf.length > 0) {
    const attempts = oneOf.map((part) => findProblems(part, place));
    const valid = attempts.filter((found) => found.length === 0).length;
    if (valid !== 1) {
      const found = valid === 0 ? "Found none valid" : `Found ${valid} valid alternatives`;
      whole(`must validate one and only one schema (oneOf). ${found}`);
      if (valid === 0) append(reports, fewest(attempts));
    }
  }
  if (not && findProblems(not, place).length === 0) whole("must not validate the schema (not)");
}

/** The problems of the alternative that came closest. */
function fewest(attempts: readonly Report[][]): Report[] {
  return attempts.reduce((best, found) => (found.length < best.length ? found : best));
}

function bodyFault(path: string, value: unknown, detail: string): Report {
  return (errors) => errors.invalid(path, value, `${path} in body ${detail}`);
}

function append(reports: Report[], more: readonly Report[]): void {
  for (const report of more) reports.push(report);
}

function join(path: string, name: string): string {
  return path ? `${path}.${name}` : name;
}
