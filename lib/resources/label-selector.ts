import type { LabelSelector, LabelSelectorRequirement } from "../../gen/typernetes/meta/v1/selector.ts";
import type { FieldErrors } from "../api/field-errors.ts";
import { labelValue } from "../api/names.ts";
import { validateLabels } from "../api/object-meta.ts";
import { checkQualifiedName } from "./rules.ts";

/** Checks a label selector; an absent one selects nothing and is right. */
export function validateLabelSelector(selector: LabelSelector | undefined, path: string, errors: FieldErrors): void {
  if (!selector) return;
  validateLabels(selector.matchLabels, `${path}.matchLabels`, errors);
  for (const [index, requirement] of (selector.matchExpressions ?? []).entries())
    validateRequirement(requirement, `${path}.matchExpressions[${index}]`, errors);
}

function validateRequirement(requirement: LabelSelectorRequirement, path: string, errors: FieldErrors): void {
  const values = requirement.values ?? [];
  const operator = requirement.operator ?? "";
  if (operator === "In" || operator === "NotIn") {
    if (values.length === 0) errors.required(`${path}.values`, "must be specified when `operator` is 'In' or 'NotIn'");
  } else if (operator === "Exists" || operator === "DoesNotExist") {
    if (values.length > 0)
      errors.forbidden(`${path}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
  } else errors.invalid(`${path}.operator`, operator, "not a valid selector operator");
  checkQualifiedName(requirement.key ?? "", `${path}.key`, errors);
  for (const [index, value] of values.entries())
    for (const message of labelValue(value)) errors.invalid(`${path}.values[${index}]`, value, message);
}

/** Whether a selector has no condition at all. */
export function isEmptySelector(selector: LabelSelector | undefined): boolean {
  return Object.keys(selector?.matchLabels ?? {}).length + (selector?.matchExpressions?.length ?? 0) === 0;
}
