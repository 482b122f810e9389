import type { FieldErrors } from "../../api/field-errors.ts";

/** Permission bits of a file. */
export function checkFileMode(mode: number | undefined, path: string, errors: FieldErrors): void {
  if (mode !== undefined && (mode < 0 || mode > 0o777))
    errors.invalid(path, mode, "must be a number between 0 and 0777 (octal), both inclusive");
}
