import type { CustomResourceDefinitionNames } from "../../../gen/typernetes/apiextensions/v1/custom_resource_definition.ts";
import type { FieldErrors } from "../../api/field-errors.ts";
import { dns1035Label } from "../../api/names.ts";
import { checkRequired } from "../rules.ts";

/** Reports names that a kind must have. */
export function validateRequiredNames(names: CustomResourceDefinitionNames, path: string, errors: FieldErrors): void {
  checkRequired(names, ["plural", "singular", "kind", "listKind"], path, errors);
}

/** Checks the names that a kind has. */
export function validateNames(names: CustomResourceDefinitionNames, path: string, errors: FieldErrors): void {
  for (const field of ["plural", "singular"] as const)
    if (names[field]) checkLabel(names[field], `${path}.${field}`, errors);
  for (const field of ["kind", "listKind"] as const)
    if (names[field]) checkKind(names[field], `${path}.${field}`, errors);
  for (const [index, name] of (names.shortNames ?? []).entries())
    checkLabel(name, `${path}.shortNames[${index}]`, errors);
  // One of them alone would not tell an object from a list.
  if (names.kind && names.kind === names.listKind)
    errors.invalid(`${path}.listKind`, names.listKind, "kind and listKind may not be the same");
  for (const [index, name] of (names.categories ?? []).entries())
    checkLabel(name, `${path}.categories[${index}]`, errors);
}

function checkLabel(name: string, path: string, errors: FieldErrors): void {
  const messages = dns1035Label(name);
  if (messages.length > 0) errors.invalid(path, name, messages.join(","));
}

function checkKind(kind: string, path: string, errors: FieldErrors): void {
  const messages = dns1035Label(kind.toLowerCase());
  if (messages.length > 0)
    errors.invalid(path, kind, `may have mixed case, but should otherwise match: ${messages.join(",")}`);
}
