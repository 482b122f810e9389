import type { Plugin } from "../framework/plugin.ts";
import { unresolvable } from "../framework/refusal.ts";
import { tolerates } from "./tolerations.ts";

const taint = { key: "node.kubernetes.io/unschedulable", effect: "NoSchedule" };
const refusal = unresolvable("node(s) were unschedulable");

/** Keeps pods from cordoned nodes. */
export const nodeUnschedulable: Plugin = {
  name: "NodeUnschedulable",
  wakeOn: ["NodeAdded", "NodeTaintsChanged", "PodChanged"],
  filter(pod, snapshot) {
    if (pod.tolerations.some((toleration) => tolerates(toleration, taint))) return undefined;
    return (node) => (snapshot.entry(node).unschedulable ? refusal : undefined);
  },
};
