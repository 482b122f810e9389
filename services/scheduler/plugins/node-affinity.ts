import type { Plugin } from "../framework/plugin.ts";
import { matchesTerm } from "./node-selector-terms.ts";

const reason = "node(s) didn't match Pod's node affinity/selector";

/** Keeps pods to nodes that their selector and required affinity name; prefers those that their preferences name. */
export const nodeAffinity: Plugin = {
  name: "NodeAffinity",
  wakeOn: ["NodeAdded", "NodeLabelsChanged", "PodChanged"],
  weight: 2,
  normalise: "highest",
  filter({ pod }, snapshot) {
    const selector = Object.entries(pod.spec?.nodeSelector ?? {});
    const required =
      pod.spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
    if (selector.length === 0 && !required) return undefined;
    return (node) => {
      const entry = snapshot.entry(node);
      const selected = selector.every(([key, value]) => entry.labels[key] === value);
      return selected && (!required || required.some((term) => matchesTerm(term, entry))) ? undefined : reason;
    };
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
