import type { NamedRuleWithOperations } from "../../../../gen/typernetes/admissionregistration/v1/validating_admission_policy.ts";
import type { AdmissionContext, AdmissionRequest } from "../admission.ts";
import { ruleSubjectOf } from "../webhooks/hooks.ts";
import { matchesRules } from "../webhooks/match-rules.ts";
import { isSelected } from "../webhooks/selectors.ts";
import type { AdmissionVersion } from "../webhooks/versions.ts";
import type { Match } from "./policy-source.ts";

/** The version of a request's object that something applies to; undefined when it does not apply. */
export function matchedVersion(
  context: AdmissionContext,
  request: AdmissionRequest,
  { resources, selectors }: Match,
  versions: readonly AdmissionVersion[],
): AdmissionVersion | undefined {
  const candidates = resources.matchPolicy === "Exact" ? versions.slice(0, 1) : versions;
  const matches = (rules: readonly NamedRuleWithOperations[] | undefined) =>
    candidates.find((version) =>
      rules?.some((rule) => isNamed(rule, request.name) && matchesRules([rule], ruleSubjectOf(request), version)),
    );
  if (matches(resources.excludeResourceRules)) return undefined;
  // A binding without rules narrows nothing.
  const found = resources.resourceRules?.length ? matches(resources.resourceRules) : versions[0];
  return found && isSelected(context, request, selectors) ? found : undefined;
}

function isNamed({ resourceNames = [] }: NamedRuleWithOperations, name: string): boolean {
  return resourceNames.length === 0 || resourceNames.includes(name);
}
