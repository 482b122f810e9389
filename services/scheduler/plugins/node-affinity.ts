import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import type { Plugin, Reasons } from "../framework/plugin.ts";
import type { NodeEntry } from "../snapshot/snapshot.ts";
import { matchesTerm } from "./node-selector-terms.ts";

const reasons: Reasons = ["node(s) didn't match Pod's node affinity/selector"];

/** Keeps pods to nodes that their selector and required affinity name; prefers those that their preferences name. */
export const nodeAffinity: Plugin = {
  name: "NodeAffinity",
  wakeOn: ["NodeAdded", "NodeLabelsChanged", "PodChanged"],
  weight: 2,
  normalise: "highest",
  filter({ pod }, snapshot) {
    const isWanted = wantedNodes(pod);
    return isWanted && ((node) => (isWanted(snapshot.entry(node)) ? undefined : reasons));
  },
  score({ pod }, snapshot) {
    const preferred = pod.spec?.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
    if (preferred.length === 0) return undefined;
    return (node) => {
      const entry = snapshot.entry(node);
      const met = preferred.filter(({ preference }) => preference && matchesTerm(preference, entry));
      return met.reduce((sum, { weight }) => sum + (weight ?? 0), 0);
    };
  },
};

/** Tells the nodes that a pod's selector and required affinity name; undefined when these are all. */
export function wantedNodes({ spec }: Pod): ((node: NodeEntry) => boolean) | undefined {
  const selector = Object.entries(spec?.nodeSelector ?? {});
  const required = spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  if (selector.length === 0 && !required) return undefined;
  const terms = required?.nodeSelectorTerms ?? [];
  return (node) =>
    selector.every(([key, value]) => node.labels[key] === value) &&
    (!required || terms.some((term) => matchesTerm(term, node)));
}
