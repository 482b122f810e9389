import type { SelfSubjectRulesReview } from "../../../gen/typernetes/authorization/v1/self_subject_rules_review.ts";
import type { Caller, Core } from "../core.ts";
import { badRequest } from "../errors.ts";

/** Lists what the caller may do in a namespace, as far as roles and bindings say. */
export async function reviewOwnRules(
  core: Core,
  review: SelfSubjectRulesReview | undefined,
  { identity }: Caller,
): Promise<SelfSubjectRulesReview> {
  const namespace = review?.spec?.namespace;
  if (!namespace) throw badRequest("no namespace on request");
  const { rules, errors } = core.access.rulesOf(identity, namespace);
  const ofResources = rules.filter(({ rule }) => !rule.nonResourceURLs?.length);
  const ofPaths = rules.filter(({ rule }) => rule.nonResourceURLs?.length);
  return {
    ...review,
    apiVersion: "authorization.k8s.io/v1",
    kind: "SelfSubjectRulesReview",
    status: {
      resourceRules: ofResources.map(({ rule: { verbs, apiGroups, resources, resourceNames } }) => ({
        verbs,
        apiGroups,
        resources,
        ...(resourceNames?.length && { resourceNames }),
      })),
      nonResourceRules: ofPaths.map(({ rule: { verbs, nonResourceURLs } }) => ({ verbs, nonResourceURLs })),
      incomplete: errors.length > 0,
      ...(errors.length > 0 && { evaluationError: errors.join(", ") }),
    },
  };
}
