import { deepEqual } from "../api/deep.ts";
import type { FieldErrors } from "../api/field-errors.ts";
import {
  dns1123Label,
  dns1123Subdomain,
  inRange,
  labelValue,
  type NameRule,
  portName,
  portNumber,
  qualifiedName,
} from "../api/names.ts";

/** Kubernetes' words for what occurs in many kinds. */
export const negativeMessage = "must be greater than or equal to 0";
export const immutableMessage = "field is immutable";
export const notPositiveMessage = "must be greater than zero";

/** Largest 32-bit number. */
export const maxInt32 = 2 ** 31 - 1;

/** Reports what `rule` has against `value`. */
export function checkName(rule: NameRule, value: string, path: string, errors: FieldErrors): void {
  for (const message of rule(value)) errors.invalid(path, value, message);
}

export function checkDnsLabel(value: string, path: string, errors: FieldErrors): void {
  checkName(dns1123Label, value, path, errors);
}

export function checkDnsSubdomain(value: string, path: string, errors: FieldErrors): void {
  checkName(dns1123Subdomain, value, path, errors);
}

export function checkQualifiedName(value: string, path: string, errors: FieldErrors): void {
  checkName(qualifiedName, value, path, errors);
}

/** A value of a label, where all that is wrong is said in one message. */
export function checkLabelValue(value: string, path: string, errors: FieldErrors): void {
  const messages = labelValue(value);
  if (messages.length > 0) errors.invalid(path, value, messages.join(";"));
}

export function checkNonNegative(value: number | undefined, path: string, errors: FieldErrors): void {
  if (value !== undefined && value < 0) errors.invalid(path, value, negativeMessage);
}

export function checkRange(value: number, low: number, high: number, path: string, errors: FieldErrors): void {
  for (const message of inRange(value, low, high)) errors.invalid(path, value, message);
}

export function checkPortNumber(value: number, path: string, errors: FieldErrors): void {
  for (const message of portNumber(value)) errors.invalid(path, value, message);
}

/** A port by number or by the name that it has in the container. */
export function checkPort(value: number | string | undefined, path: string, errors: FieldErrors): void {
  if (typeof value === "string") checkName(portName, value, path, errors);
  else checkPortNumber(value ?? 0, path, errors);
}

/** A field that must have one of `supported`; they are named in this order. */
export function checkOneOf(
  value: string | undefined,
  supported: readonly string[],
  path: string,
  errors: FieldErrors,
): void {
  if (!value) errors.required(path);
  else if (!supported.includes(value)) errors.notSupported(path, value, supported);
}

/** As `checkOneOf` for a field that may be absent. */
export function checkOptionalOneOf(
  value: string | undefined,
  supported: readonly string[],
  path: string,
  errors: FieldErrors,
): void {
  if (value !== undefined && !supported.includes(value)) errors.notSupported(path, value, supported);
}

/** Reports each of `fields` that `value` has not, or has empty. */
export function checkRequired(value: object, fields: readonly string[], path: string, errors: FieldErrors): void {
  const values = value as { readonly [field: string]: unknown };
  for (const field of fields) {
    const given = values[field];
    if (given === undefined || given === "" || (Array.isArray(given) && given.length === 0))
      errors.required(`${path}.${field}`);
  }
}

/** Reports each element that is there before already. */
export function checkUnique(list: readonly unknown[], path: string, errors: FieldErrors): void {
  for (const [index, element] of list.entries())
    if (list.slice(0, index).some((other) => deepEqual(other, element))) errors.duplicate(`${path}[${index}]`, element);
}

/** A path that stays below the directory it is taken from. */
export function checkDescendingPath(value: string, path: string, errors: FieldErrors): void {
  if (value.startsWith("/")) errors.invalid(path, value, "must be a relative path");
  checkNoBacksteps(value, path, errors);
}

/** As `checkDescendingPath`, and no name that the volumes keep for themselves. */
export function checkLocalPath(value: string, path: string, errors: FieldErrors): void {
  checkDescendingPath(value, path, errors);
  if (value.startsWith("..") && !value.startsWith("../")) errors.invalid(path, value, "must not start with '..'");
}

export function checkNoBacksteps(value: string, path: string, errors: FieldErrors): void {
  if (hasBackstep(value)) errors.invalid(path, value, "must not contain '..'");
}

export function hasBackstep(value: string): boolean {
  return value.includes("..") && value.split("/").includes("..");
}
