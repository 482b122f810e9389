import type { Plugin } from "../framework/plugin.ts";

/** Keeps a pod that names its node to that node. */
export const nodeName: Plugin = {
  name: "NodeName",
  wakeOn: ["NodeAdded"],
  filter(pod, snapshot) {
    const wanted = pod.pod.spec?.nodeName;
    if (!wanted) return undefined;
    return (node) =>
      snapshot.entry(node).name === wanted ? undefined : "node(s) didn't match the requested node name";
  },
};
