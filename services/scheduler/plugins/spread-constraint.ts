import type { TopologySpreadConstraint } from "../../../gen/typernetes/core/v1/pod.ts";
import { labelMatcherOf } from "../../../lib/api/label-selector.ts";
import type { PodInfo } from "../snapshot/pod-info.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import { wantedNodes } from "./node-affinity.ts";
import { untolerated } from "./tolerations.ts";

/** One constraint for one pod, with the pods that it counts by node. */
export interface SpreadConstraint {
  readonly topologyKey: string;
  readonly maxSkew: number;
  readonly minDomains: number;
  /** Whether the pod is one of those that the constraint counts. */
  readonly countsSelf: boolean;
  /** Pods of its like on each node, by slot. */
  pods(slot: number): number;
  /** Whether a node counts: the pod could be there. */
  countsNode(slot: number): boolean;
}

/** The constraints of a pod that say `whenUnsatisfiable`, made ready. */
export function spreadConstraints(
  constraints: readonly TopologySpreadConstraint[],
  whenUnsatisfiable: "DoNotSchedule" | "ScheduleAnyway",
  pod: PodInfo,
  snapshot: Snapshot,
): SpreadConstraint[] {
  const chosen = constraints.filter((constraint) => constraint.whenUnsatisfiable === whenUnsatisfiable);
  return chosen.map((constraint) => ready(constraint, pod, snapshot));
}

function ready(constraint: TopologySpreadConstraint, pod: PodInfo, snapshot: Snapshot): SpreadConstraint {
  const { topologyKey = "", maxSkew = 1, minDomains = 1 } = constraint;
  const { key, isAlike } = likePods(constraint, pod);
  const bySlot = snapshot.countPods(key, (other) => !other.isEnding && isAlike(other));
  return {
    topologyKey,
    maxSkew,
    minDomains,
    countsSelf: isAlike(pod),
    pods: (slot) => bySlot[slot] ?? 0,
    countsNode: countedNodes(constraint, pod, snapshot),
  };
}

/** Tells the pods that the constraint counts. */
function likePods({ labelSelector, matchLabelKeys = [] }: TopologySpreadConstraint, { namespace, labels }: PodInfo) {
  const matcher = labelMatcherOf(labelSelector);
  const same = matchLabelKeys.flatMap((key) => (labels[key] === undefined ? [] : [[key, labels[key]] as const]));
  return {
    key: JSON.stringify(["spread", namespace, labelSelector, same]),
    isAlike: (other: PodInfo) =>
      other.namespace === namespace &&
      matcher.matches(other.labels) &&
      same.every(([key, value]) => other.labels[key] === value),
  };
}

/** Tells the nodes that count: those where the pod could be. */
function countedNodes(constraint: TopologySpreadConstraint, { pod, tolerations }: PodInfo, snapshot: Snapshot) {
  const isWanted = constraint.nodeAffinityPolicy === "Ignore" ? undefined : wantedNodes(pod);
  const honorTaints = constraint.nodeTaintsPolicy === "Honor" && snapshot.hasTaints;
  if (!isWanted && !honorTaints) return () => true;
  return (slot: number) => {
    const entry = snapshot.entry(slot);
    return (!isWanted || isWanted(entry)) && (!honorTaints || untolerated(entry.taints, tolerations) === undefined);
  };
}
