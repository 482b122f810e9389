import type { Plugin } from "../framework/plugin.ts";
import { unresolvable } from "../framework/refusal.ts";

const refusal = unresolvable("node(s) didn't match the requested node name");

/** Keeps a pod that names its node to that node. */
export const nodeName: Plugin = {
  name: "NodeName",
  wakeOn: ["NodeAdded"],
  filter({ pod }, snapshot) {
    const wanted = pod.spec?.nodeName;
    return wanted ? (node) => (snapshot.entry(node).name === wanted ? undefined : refusal) : undefined;
  },
};
