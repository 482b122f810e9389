import type {
  MatchResources,
  NamedRuleWithOperations,
} from "../../../gen/typernetes/admissionregistration/v1/validating_admission_policy.ts";
import type { FieldErrors } from "../../api/field-errors.ts";
import { pathSegmentName } from "../../api/names.ts";
import { defaultAdmissionRules, matchPolicies, validateAdmissionRule } from "../admission-rules.ts";
import { validateLabelSelector } from "../label-selector.ts";
import { checkOneOf } from "../rules.ts";

/** Fills what Kubernetes fills where a policy says to which objects it applies. */
export function defaultMatchResources(match: MatchResources | undefined): void {
  if (!match) return;
  match.matchPolicy ??= "Equivalent";
  match.namespaceSelector ??= {};
  match.objectSelector ??= {};
  defaultAdmissionRules(match.resourceRules);
  defaultAdmissionRules(match.excludeResourceRules);
}

/** Checks to which objects a policy applies. */
export function validateMatchResources(match: MatchResources, path: string, errors: FieldErrors): void {
  checkOneOf(match.matchPolicy, matchPolicies, `${path}.matchPolicy`, errors);
  for (const field of ["namespaceSelector", "objectSelector"] as const) {
    if (!match[field]) errors.required(`${path}.${field}`);
    validateLabelSelector(match[field], `${path}.${field}`, errors);
  }
  for (const field of ["resourceRules", "excludeResourceRules"] as const)
    for (const [index, rule] of (match[field] ?? []).entries())
      validateNamedRule(rule, `${path}.${field}[${index}]`, errors);
}

function validateNamedRule(rule: NamedRuleWithOperations, path: string, errors: FieldErrors): void {
  const names = rule.resourceNames ?? [];
  for (const [index, name] of names.entries()) {
    const at = `${path}.resourceNames[${index}]`;
    for (const message of pathSegmentName(name, false)) errors.invalid(at, name, message);
    if (names.indexOf(name) < index) errors.duplicate(at, name);
  }
  validateAdmissionRule(rule, path, errors);
}
