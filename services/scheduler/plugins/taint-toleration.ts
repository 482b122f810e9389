import type { Taint } from "../../../gen/typernetes/core/v1/node.ts";
import type { Plugin } from "../framework/plugin.ts";
import { type Refusal, unresolvable } from "../framework/refusal.ts";
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
      const taint = taints.length > 0 && untolerated(taints, pod.tolerations);
      return taint ? refusalFor(taint) : undefined;
    };
  },
  hint(pod, change, { node }, snapshot) {
    if (node === undefined || change === "PodChanged") return true;
    return untolerated(snapshot.entry(node).taints, pod.tolerations) === undefined;
  },
  score(pod, snapshot) {
    if (!snapshot.hasTaints) return undefined;
    const answers = pod.tolerations.filter(({ effect }) => !effect || effect === "PreferNoSchedule");
    const disliked = (taint: Taint) =>
      taint.effect === "PreferNoSchedule" && !answers.some((toleration) => tolerates(toleration, taint));
    return (node) => snapshot.entry(node).taints.filter(disliked).length;
  },
};

function refusalFor({ key, value = "" }: Taint): Refusal {
  return unresolvable(`node(s) had untolerated taint {${key}: ${value}}`);
}
