import { type FieldSchema, messages } from "../../../gen/schema.ts";
import type { FieldErrors } from "../../api/field-errors.ts";

type Values = { readonly [field: string]: unknown };

/** Rules of a message that the contract cannot say; they take the place of the contract's own. */
export type MessageRules = Readonly<Record<string, (value: object, path: string, errors: FieldErrors) => void>>;

/**
 * Checks what the contract says of a message's fields: required ones are there, enumerated ones have a value that exists.
 * `skip` names fields of the outermost message that are left alone.
 */
export function checkBySchema(
  message: string,
  value: object,
  path: string,
  errors: FieldErrors,
  rules: MessageRules = {},
  skip: ReadonlySet<string> = none,
): void {
  const values: Values = { ...value };
  for (const field of fieldsToCheck(message)) {
    if (skip.has(field.name)) continue;
    checkField(field, values[field.name], path ? `${path}.${field.name}` : field.name, errors, rules);
  }
}

const none: ReadonlySet<string> = new Set();

function checkField(field: FieldSchema, value: unknown, path: string, errors: FieldErrors, rules: MessageRules): void {
  if (isAbsent(value)) {
    if (field.required && !isEmptyAllowed(field)) errors.required(path);
    return;
  }
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) checkValue(field, item, `${path}[${index}]`, errors, rules);
  } else if (field.map && typeof value === "object" && value !== null) {
    for (const [key, item] of Object.entries(value)) checkValue(field, item, `${path}[${key}]`, errors, rules);
  } else {
    checkValue(field, value, path, errors, rules);
  }
}

function checkValue(field: FieldSchema, value: unknown, path: string, errors: FieldErrors, rules: MessageRules): void {
  if (field.enum && typeof value === "string" && !field.enum.includes(value)) {
    errors.notSupported(path, value, [...field.enum].sort());
  }
  if (field.message === undefined || typeof value !== "object" || value === null) return;
  const own = rules[field.message];
  if (own) own(value, path, errors);
  else checkBySchema(field.message, value, path, errors, rules);
}

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null || value === "" || (Array.isArray(value) && value.length === 0);
}

/** Whether zero, or an empty list, is written as absence: such a field is given also when it is not there. */
function isEmptyAllowed(field: FieldSchema): boolean {
  const isNumber = field.type === "bool" || field.type === "double" || /^u?int/.test(field.type);
  return field.repeated === true || (isNumber && !field.pointer);
}

const checkedFields = new Map<string, readonly FieldSchema[]>();

function fieldsToCheck(message: string): readonly FieldSchema[] {
  let fields = checkedFields.get(message);
  if (!fields) {
    fields = (messages[message]?.fields ?? []).filter((it) => it.required || it.enum || it.message);
    checkedFields.set(message, fields);
  }
  return fields;
}
