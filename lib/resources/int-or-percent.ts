import type { FieldErrors } from "../api/field-errors.ts";
import { percentage } from "../api/names.ts";
import { checkName, checkNonNegative } from "./rules.ts";

/** A number or a share such as `25%`. */
export type IntOrPercent = number | string;

/** Checks that it is a number that is not negative, or a share. */
export function checkIntOrPercent(value: IntOrPercent, path: string, errors: FieldErrors): void {
  if (typeof value === "string") checkName(percentage, value, path, errors);
  else checkNonNegative(value, path, errors);
}

/** Checks that a share is not more than everything. */
export function checkNotMoreThanAll(value: IntOrPercent, path: string, errors: FieldErrors): void {
  if (percentOf(value) > 100) errors.invalid(path, value, "must not be greater than 100%");
}

/** Whether it stands for nothing at all. */
export function isZero(value: IntOrPercent): boolean {
  return typeof value === "string" ? percentOf(value) === 0 : value === 0;
}

function percentOf(value: IntOrPercent): number {
  return typeof value === "string" && percentage(value).length === 0 ? Number(value.slice(0, -1)) : 0;
}
