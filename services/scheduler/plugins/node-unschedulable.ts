import type { Plugin } from "../framework/plugin.ts";
import { tolerates } from "./tolerations.ts";

const taint = { key: "node.kubernetes.io/unschedulable", effect: "NoSchedule" };

/** Keeps pods from cordoned nodes. */
export const nodeUnschedulable: Plugin = {
  name: "NodeUnschedulable",
  wakeOn: ["NodeAdded", "NodeTaintsChanged"],
  filter(pod, snapshot) {
    if (pod.tolerations.some((toleration) => tolerates(toleration, taint))) return undefined;
    return (node) => (snapshot.entry(node).node.spec?.unschedulable ? "node(s) were unschedulable" : undefined);
  },
};
