import type { Pod, PodAffinity, PodAffinityTerm } from "../../../gen/typernetes/core/v1/pod.ts";

type Labels = Readonly<Record<string, string>>;

/** Turns `matchLabelKeys` of the pod's affinities into conditions on the values that the pod itself has. */
export function applyMatchLabelKeys(pod: Pod): void {
  const labels = pod.metadata?.labels;
  const affinity = pod.spec?.affinity;
  if (!labels || !affinity) return;
  if (affinity.podAffinity) applyToTerms(affinity.podAffinity, labels);
  if (affinity.podAntiAffinity) applyToTerms(affinity.podAntiAffinity, labels);
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
  if (added.length > 0) selector.matchExpressions = [...(selector.matchExpressions ?? []), ...added];
}

function requirements(keys: readonly string[], operator: "In" | "NotIn", labels: Labels) {
  return keys.flatMap((key) => {
    const value = labels[key];
    return value === undefined ? [] : [{ key, operator, values: [value] }];
  });
}
