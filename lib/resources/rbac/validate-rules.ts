import type { PolicyRule } from "../../../gen/typernetes/rbac/v1/cluster_role.ts";
import type { FieldErrors } from "../../api/field-errors.ts";

/** Checks what a role allows. */
export function validatePolicyRules(rules: readonly PolicyRule[], namespaced: boolean, errors: FieldErrors): void {
  for (const [index, rule] of rules.entries()) validateRule(rule, namespaced, `rules[${index}]`, errors);
}

function validateRule(rule: PolicyRule, namespaced: boolean, path: string, errors: FieldErrors): void {
  const { verbs = [], apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] } = rule;
  if (verbs.length === 0) errors.required(`${path}.verbs`, "verbs must contain at least one value");
  if (nonResourceURLs.length > 0) {
    const at = `${path}.nonResourceURLs`;
    if (namespaced) errors.invalid(at, nonResourceURLs, "namespaced rules cannot apply to non-resource URLs");
    if (apiGroups.length + resources.length + resourceNames.length > 0)
      errors.invalid(at, nonResourceURLs, "rules cannot apply to both regular resources and non-resource URLs");
    return;
  }
  if (apiGroups.length === 0) errors.required(`${path}.apiGroups`, "resource rules must supply at least one api group");
  if (resources.length === 0) errors.required(`${path}.resources`, "resource rules must supply at least one resource");
}
