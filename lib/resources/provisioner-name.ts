import type { FieldErrors } from "../api/field-errors.ts";
import { qualifiedName } from "../api/names.ts";

/** The name of what makes volumes: a qualified name, of which letters may be large. */
export function checkProvisioner(name: string, path: string, errors: FieldErrors): void {
  if (!name) errors.required(path);
  else for (const message of qualifiedName(name.toLowerCase())) errors.invalid(path, name, message);
}
