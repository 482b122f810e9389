import type { FieldErrors } from "../api/field-errors.ts";
import { checkQualifiedName } from "./rules.ts";

const conditionsMax = 64;

/** Checks further conditions on requests: each has a name of its own and says something. */
export function validateMatchConditions(
  conditions: readonly { name?: string | undefined; expression?: string | undefined }[],
  path: string,
  errors: FieldErrors,
): void {
  if (conditions.length > conditionsMax) errors.tooMany(path, conditions.length, conditionsMax);
  const names = new Set<string>();
  for (const [index, { name, expression = "" }] of conditions.entries()) {
    const at = `${path}[${index}]`;
    if (!expression.trim()) errors.required(`${at}.expression`);
    if (!name) {
      errors.required(`${at}.name`);
      continue;
    }
    checkQualifiedName(name, `${at}.name`, errors);
    if (names.has(name)) errors.duplicate(`${at}.name`, name);
    names.add(name);
  }
}
