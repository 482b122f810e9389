import type { Plugin, Reasons } from "../framework/plugin.ts";

const reasons: Reasons = ["node(s) didn't match the requested node name"];

/** Keeps a pod that names its node to that node. */
export const nodeName: Plugin = {
  name: "NodeName",
  wakeOn: ["NodeAdded"],
  filter({ pod }, snapshot) {
    const wanted = pod.spec?.nodeName;
    return wanted ? (node) => (snapshot.entry(node).name === wanted ? undefined : reasons) : undefined;
  },
};
