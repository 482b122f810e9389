import type {
  NodeSelector,
  NodeSelectorRequirement,
  NodeSelectorTerm,
} from "../../../gen/typernetes/core/v1/reference.ts";
import type { FieldErrors } from "../../api/field-errors.ts";
import { labelValue, subdomainName } from "../../api/names.ts";
import { checkQualifiedName } from "../rules.ts";

/** Checks conditions on nodes of which one must hold. */
export function validateNodeSelector(selector: NodeSelector, path: string, errors: FieldErrors): void {
  const terms = selector.nodeSelectorTerms ?? [];
  if (terms.length === 0) errors.required(`${path}.nodeSelectorTerms`, "must have at least one node selector term");
  for (const [index, term] of terms.entries())
    validateNodeSelectorTerm(term, true, `${path}.nodeSelectorTerms[${index}]`, errors);
}

/** Checks conditions on a node that must hold together; `withValues`: its values must be such as labels can have. */
export function validateNodeSelectorTerm(
  term: NodeSelectorTerm,
  withValues: boolean,
  path: string,
  errors: FieldErrors,
): void {
  for (const [index, requirement] of (term.matchExpressions ?? []).entries())
    validateExpression(requirement, withValues, `${path}.matchExpressions[${index}]`, errors);
  for (const [index, requirement] of (term.matchFields ?? []).entries())
    validateField(requirement, `${path}.matchFields[${index}]`, errors);
}

function validateExpression(
  requirement: NodeSelectorRequirement,
  withValues: boolean,
  path: string,
  errors: FieldErrors,
): void {
  const { operator = "", values = [], key = "" } = requirement;
  if (operator === "In" || operator === "NotIn") {
    if (values.length === 0) errors.required(`${path}.values`, "must be specified when `operator` is 'In' or 'NotIn'");
  } else if (operator === "Exists" || operator === "DoesNotExist") {
    if (values.length > 0)
      errors.forbidden(`${path}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
  } else if (operator === "Gt" || operator === "Lt") {
    if (values.length !== 1)
      errors.required(`${path}.values`, "must be specified single value when `operator` is 'Lt' or 'Gt'");
  } else errors.invalid(`${path}.operator`, operator, "not a valid selector operator");
  checkQualifiedName(key, `${path}.key`, errors);
  if (!withValues) return;
  for (const [index, value] of values.entries())
    for (const message of labelValue(value)) errors.invalid(`${path}.values[${index}]`, value, message);
}

function validateField(requirement: NodeSelectorRequirement, path: string, errors: FieldErrors): void {
  const { operator = "", values = [], key = "" } = requirement;
  if (operator !== "In" && operator !== "NotIn")
    errors.invalid(`${path}.operator`, operator, "not a valid selector operator");
  else if (values.length !== 1)
    errors.required(
      `${path}.values`,
      "must be only one value when `operator` is 'In' or 'NotIn' for node field selector",
    );
  if (key !== "metadata.name") errors.invalid(`${path}.key`, key, "not a valid field selector key");
  else
    for (const [index, value] of values.entries())
      for (const message of subdomainName(value, false)) errors.invalid(`${path}.values[${index}]`, value, message);
}
