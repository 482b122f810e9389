import type { Node } from "../../../gen/typernetes/core/v1/node.ts";
import type { PodSpec } from "../../../gen/typernetes/core/v1/pod.ts";
import { matchesTerm } from "../../../lib/api/node-selector-term.ts";
import { tolerates } from "../pods/tolerations.ts";

/** What is to become of a daemon's pod on a node. */
export interface NodeVerdict {
  /** A pod is to be there. */
  runs: boolean;
  /** A pod that is there may stay. */
  stays: boolean;
}

/** Judges a node by the name, selector, affinity and tolerations of a daemon's pods (`daemonPodSpec`). */
export function judgeNode(spec: PodSpec, node: Node): NodeVerdict {
  const name = node.metadata?.name ?? "";
  if ((spec.nodeName && spec.nodeName !== name) || !isSelected(spec, node)) return { runs: false, stays: false };
  const tolerations = spec.tolerations ?? [];
  const repelling = (node.spec?.taints ?? []).filter(
    (taint) =>
      (taint.effect === "NoSchedule" || taint.effect === "NoExecute") &&
      !tolerations.some((toleration) => tolerates(toleration, taint)),
  );
  return { runs: repelling.length === 0, stays: repelling.every((taint) => taint.effect !== "NoExecute") };
}

function isSelected({ nodeSelector = {}, affinity }: PodSpec, { metadata }: Node): boolean {
  const labels = metadata?.labels ?? {};
  if (!Object.entries(nodeSelector).every(([key, value]) => labels[key] === value)) return false;
  const required = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return (
    !required ||
    (required.nodeSelectorTerms ?? []).some((term) => matchesTerm(term, { name: metadata?.name ?? "", labels }))
  );
}
