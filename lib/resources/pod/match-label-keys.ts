import type { Pod, PodAffinity, PodAffinityTerm } from "../../../gen/typernetes/core/v1/pod.ts";
import type { LabelSelector, LabelSelectorRequirement } from "../../../gen/typernetes/meta/v1/selector.ts";

type Labels = Readonly<Record<string, string>>;

/** Turns `matchLabelKeys` of the pod's affinities and spread into conditions on the values that the pod itself has. */
export function applyMatchLabelKeys(pod: Pod): void {
  const labels = pod.metadata?.labels;
  if (!labels) return;
  const { affinity, topologySpreadConstraints } = pod.spec ?? {};
  if (affinity?.podAffinity) applyToTerms(affinity.podAffinity, labels);
  if (affinity?.podAntiAffinity) applyToTerms(affinity.podAntiAffinity, labels);
  for (const { labelSelector, matchLabelKeys = [] } of topologySpreadConstraints ?? [])
    if (labelSelector) addRequirements(labelSelector, requirements(matchLabelKeys, "In", labels));
}

function applyToTerms(affinity: PodAffinity, labels: Labels): void {
  for (const term of affinity.requiredDuringSchedulingIgnoredDuringExecution ?? []) applyToTerm(term, labels);
  for (const { podAffinityTerm } of affinity.preferredDuringSchedulingIgnoredDuringExecution ?? [])
    if (podAffinityTerm) applyToTerm(podAffinityTerm, labels);
}

function applyToTerm(term: PodAffinityTerm, labels: Labels): void {
  const selector = term.labelSelector;
  if (!selector) return;
  const added = [
    ...requirements(term.matchLabelKeys ?? [], "In", labels),
    ...requirements(term.mismatchLabelKeys ?? [], "NotIn", labels),
  ];
  addRequirements(selector, added);
}

function addRequirements(selector: LabelSelector, added: LabelSelectorRequirement[]): void {
  if (added.length > 0) selector.matchExpressions = [...(selector.matchExpressions ?? []), ...added];
}

function requirements(keys: readonly string[], operator: "In" | "NotIn", labels: Labels): LabelSelectorRequirement[] {
  return keys.flatMap((key) => {
    const value = labels[key];
    return value === undefined ? [] : [{ key, operator, values: [value] }];
  });
}
