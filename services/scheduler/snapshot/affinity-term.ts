import type { PodAffinity, PodAffinityTerm } from "../../../gen/typernetes/core/v1/pod.ts";
import { labelMatcherOf } from "../../../lib/api/label-selector.ts";

export type Labels = Readonly<Record<string, string>>;

/** What a term of a pod's (anti-)affinity asks of other pods, made ready to be asked often. */
export interface AffinityTerm {
  /** Equal for terms that mean the same pods. */
  readonly key: string;
  readonly topologyKey: string;
  /** How much a preferred term counts, 1 to 100; 0 for what is required. */
  readonly weight: number;
  /** Whether it means a pod; `namespaceLabels` are those of that pod's namespace. */
  matches(pod: { namespace: string; labels: Labels }, namespaceLabels: Labels): boolean;
}

/** The terms that must be met. */
export function requiredTerms(affinity: PodAffinity | undefined, ownNamespace: string): AffinityTerm[] {
  return affinity?.requiredDuringSchedulingIgnoredDuringExecution?.map((term) => termOf(term, 0, ownNamespace)) ?? [];
}

/** The terms that should be met. */
export function preferredTerms(affinity: PodAffinity | undefined, ownNamespace: string): AffinityTerm[] {
  const weighted = affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
  return weighted.flatMap(({ podAffinityTerm, weight = 0 }) =>
    podAffinityTerm && weight > 0 ? [termOf(podAffinityTerm, weight, ownNamespace)] : [],
  );
}

function termOf(term: PodAffinityTerm, weight: number, ownNamespace: string): AffinityTerm {
  const { topologyKey = "", labelSelector, namespaceSelector, namespaces = [] } = term;
  const matcher = labelMatcherOf(labelSelector);
  const namespaceMatcher = namespaceSelector && labelMatcherOf(namespaceSelector);
  const named = new Set(namespaces.length === 0 && !namespaceSelector ? [ownNamespace] : namespaces);
  return {
    key: JSON.stringify([[...named], namespaceSelector, labelSelector]),
    topologyKey,
    weight,
    matches: ({ namespace, labels }, namespaceLabels) =>
      (named.has(namespace) || (namespaceMatcher?.matches(namespaceLabels) ?? false)) && matcher.matches(labels),
  };
}
