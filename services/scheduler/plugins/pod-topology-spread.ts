import type { Plugin } from "../framework/plugin.ts";

/** Spreads the pods of one controller: prefers nodes that have few of them. */
export const podTopologySpread: Plugin = {
  name: "PodTopologySpread",
  wakeOn: ["PodAdded", "PodRemoved", "NodeAdded"],
  weight: 2,
  normalise: "lowest",
  score(pod, snapshot) {
    if (!pod.controllerUid) return undefined;
    return (node) => snapshot.entry(node).podsOfController.get(pod.controllerUid) ?? 0;
  },
};
