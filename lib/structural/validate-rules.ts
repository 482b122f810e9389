import type { FieldErrors } from "../api/field-errors.ts";
import type { StructuralSchema } from "./structural-schema.ts";

/** Checks the rules that a schema has in CEL. */
export function validateRules(
  _schema: StructuralSchema,
  _object: object,
  _old: object | undefined,
  _errors: FieldErrors,
): void {}
