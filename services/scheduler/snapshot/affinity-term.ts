import type { PodAffinity, PodAffinityTerm } from "../../../gen/typernetes/core/v1/pod.ts";
import { labelMatcherOf } from "../../../lib/api/label-selector.ts";

export type Labels = Readonly<Record<string, string>>;

/** What a term of a pod's (anti-)affinity asks of other pods, made ready to be asked often. */
export interface AffinityTerm {
  readonly topologyKey: string;
  /** Whether it means a pod; `namespaceLabels` are those of that pod's namespace. */
  matches(pod: { namespace: string; labels: Labels }, namespaceLabels: Labels): boolean;
}

/** The terms that must be met. */
export function requiredTerms(affinity: PodAffinity | undefined, ownNamespace: string): AffinityTerm[] {
  return affinity?.requiredDuringSchedulingIgnoredDuringExecution?.map((term) => termOf(term, ownNamespace)) ?? [];
}

function termOf(term: PodAffinityTerm, ownNamespace: string): AffinityTerm {
  const { topologyKey = "", labelSelector, namespaceSelector, namespaces = [] } = term;
  const matcher = labelMatcherOf(labelSelector);
  const namespaceMatcher = namespaceSelector && labelMatcherOf(namespaceSelector);
  const named = new Set(namespaces.length === 0 && !namespaceSelector ? [ownNamespace] : namespaces);
  return {
    topologyKey,
    matches: ({ namespace, labels }, namespaceLabels) =>
      (named.has(namespace) || (namespaceMatcher?.matches(namespaceLabels) ?? false)) && matcher.matches(labels),
  };
}
