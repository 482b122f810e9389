import type {
  MatchResources,
  NamedRuleWithOperations,
} from "../../../../gen/typernetes/admissionregistration/v1/validating_admission_policy.ts";
import type { AdmissionContext, AdmissionRequest } from "../admission.ts";
import { ruleSubjectOf } from "../webhooks/hooks.ts";
import { matchesRules } from "../webhooks/match-rules.ts";
import { isSelected, type Selectors, selectorsOf } from "../webhooks/selectors.ts";
import type { AdmissionVersion } from "../webhooks/versions.ts";

/** To which requests something applies, ready to be asked. */
export interface Match {
  readonly resources: MatchResources;
  readonly selectors: Selectors;
}

/** @throws StatusError `BadRequest` for selectors that are none. */
export function matchOf(resources: MatchResources): Match {
  return { resources, selectors: selectorsOf(resources) };
}

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
