import type { FieldErrors } from "../api/field-errors.ts";
import { pathSegmentName } from "../api/names.ts";

/** A name that becomes a step of a URL's path, and must be given. */
export function checkPathSegment(value: string | undefined, path: string, errors: FieldErrors): void {
  if (!value) errors.required(path);
  else for (const message of pathSegmentName(value, false)) errors.invalid(path, value, message);
}
