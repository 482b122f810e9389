import type { Plugin } from "../framework/plugin.ts";
import { tolerates, untolerated } from "./tolerations.ts";

/** Keeps pods from nodes with taints that they do not tolerate; prefers nodes with few that say only "rather not". */
export const taintToleration: Plugin = {
  name: "TaintToleration",
  wakeOn: ["NodeAdded", "NodeTaintsChanged", "PodChanged"],
  weight: 3,
  normalise: "lowest",
  filter(pod, snapshot) {
    return (node) => {
      const { taints } = snapshot.entry(node);
      if (taints.length === 0) return undefined;
      const taint = untolerated(taints, pod.tolerations, ["NoSchedule", "NoExecute"]);
      return taint && `node(s) had untolerated taint {${taint.key}: ${taint.value ?? ""}}`;
    };
  },
  score(pod, snapshot) {
    const answers = pod.tolerations.filter(
      (toleration) => !toleration.effect || toleration.effect === "PreferNoSchedule",
    );
    return (node) => {
      const { taints } = snapshot.entry(node);
      if (taints.length === 0) return 0;
      return taints.filter(
        (taint) => taint.effect === "PreferNoSchedule" && !answers.some((toleration) => tolerates(toleration, taint)),
      ).length;
    };
  },
};
