import type {
  TopologySelectorLabelRequirement,
  TopologySelectorTerm,
} from "../../../gen/typernetes/core/v1/reference.ts";
import { deepEqual } from "../../api/deep.ts";
import type { FieldErrors } from "../../api/field-errors.ts";
import { checkQualifiedName, checkUnique } from "../rules.ts";

/** Checks where volumes of a class may be: no label twice in a term, no value twice for a label, no term twice. */
export function validateTopologies(terms: readonly TopologySelectorTerm[], path: string, errors: FieldErrors): void {
  for (const [index, { matchLabelExpressions = [] }] of terms.entries()) {
    const at = `${path}[${index}].matchLabelExpressions`;
    const keys = new Set<string>();
    for (const [position, expression] of matchLabelExpressions.entries()) {
      const { key = "" } = expression;
      validateExpression(expression, `${at}[${position}]`, errors);
      if (keys.has(key)) errors.duplicate(`${at}[${position}].key`, key);
      keys.add(key);
    }
    const means = valuesByKey(matchLabelExpressions);
    if (terms.slice(0, index).some((other) => deepEqual(valuesByKey(other.matchLabelExpressions ?? []), means)))
      errors.duplicate(at, "");
  }
}

function validateExpression(
  { key = "", values = [] }: TopologySelectorLabelRequirement,
  path: string,
  errors: FieldErrors,
): void {
  if (values.length === 0) errors.required(`${path}.values`);
  checkUnique(values, `${path}.values`, errors);
  checkQualifiedName(key, `${path}.key`, errors);
}

function valuesByKey(expressions: readonly TopologySelectorLabelRequirement[]): Record<string, string[]> {
  return Object.fromEntries(expressions.map(({ key = "", values = [] }) => [key, [...values].sort()]));
}
