import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import type { NodeSelector } from "../../../gen/typernetes/core/v1/reference.ts";
import type { NodeAffinityArgs } from "../../../gen/typernetes/scheduler/v1/configuration.ts";
import { matchesTerm } from "../../../lib/api/node-selector-term.ts";
import type { Plugin } from "../framework/plugin.ts";
import { unresolvable } from "../framework/refusal.ts";
import type { NodeEntry } from "../snapshot/snapshot.ts";

const refusal = unresolvable("node(s) didn't match Pod's node affinity/selector");
const enforcedRefusal = unresolvable("node(s) didn't match scheduler-enforced node affinity");

/** Keeps pods to nodes that their selector and required affinity name; prefers those that their preferences name. */
export function createNodeAffinity({ addedAffinity }: NodeAffinityArgs = {}): Plugin {
  const enforced = addedAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  const added = addedAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
  return {
    name: "NodeAffinity",
    wakeOn: ["NodeAdded", "NodeLabelsChanged", "PodChanged"],
    weight: 2,
    normalise: "highest",
    filter({ pod }, snapshot) {
      const isWanted = wantedNodes(pod);
      if (!isWanted && !enforced) return undefined;
      return (node) => {
        const entry = snapshot.entry(node);
        if (enforced && !matchesSelector(enforced, entry)) return enforcedRefusal;
        return isWanted && !isWanted(entry) ? refusal : undefined;
      };
    },
    score({ pod }, snapshot) {
      const own = pod.spec?.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
      const preferred = [...added, ...own];
      if (preferred.length === 0) return undefined;
      return (node) => {
        const entry = snapshot.entry(node);
        const met = preferred.filter(({ preference }) => preference && matchesTerm(preference, entry));
        return met.reduce((sum, { weight }) => sum + (weight ?? 0), 0);
      };
    },
    hint({ pod }, change, { node }, snapshot) {
      if (node === undefined || change === "PodChanged") return true;
      return wantedNodes(pod)?.(snapshot.entry(node)) ?? true;
    },
  };
}

/** Tells the nodes that a pod's selector and required affinity name; undefined when these are all. */
export function wantedNodes({ spec }: Pod): ((node: NodeEntry) => boolean) | undefined {
  const selector = Object.entries(spec?.nodeSelector ?? {});
  const required = spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  if (selector.length === 0 && !required) return undefined;
  return (node) =>
    selector.every(([key, value]) => node.labels[key] === value) && (!required || matchesSelector(required, node));
}

/** Whether a node meets one of the terms. */
function matchesSelector({ nodeSelectorTerms = [] }: NodeSelector, node: NodeEntry): boolean {
  return nodeSelectorTerms.some((term) => matchesTerm(term, node));
}
