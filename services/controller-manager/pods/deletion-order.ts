import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import { isPodReady, podCondition } from "./pod-state.ts";

const phaseRank: Record<string, number> = { Pending: 0, Unknown: 1, Running: 2 };

/**
 * Pods in the order in which a scale-down deletes them: unscheduled before scheduled, pending before running, not ready
 * before ready, cheap (`controller.kubernetes.io/pod-deletion-cost`) before dear, crowded nodes before others, ready for a
 * short time before a long one, often restarted before seldom, young before old. As Kubernetes' replica set controller.
 */
export function inDeletionOrder(pods: readonly Pod[]): Pod[] {
  const perNode = new Map<string, number>();
  for (const pod of pods) perNode.set(nodeOf(pod), (perNode.get(nodeOf(pod)) ?? 0) + 1);
  const keys = new Map(pods.map((pod) => [pod, sortKey(pod, perNode.get(nodeOf(pod)) ?? 0)]));
  return [...pods].sort((left, right) => compareKeys(keys.get(left) ?? [], keys.get(right) ?? []));
}

function nodeOf(pod: Pod): string {
  return pod.spec?.nodeName ?? "";
}

function sortKey(pod: Pod, onSameNode: number): number[] {
  const ready = isPodReady(pod);
  const readySince = ready ? Date.parse(podCondition(pod, "Ready")?.lastTransitionTime ?? "") || 0 : 0;
  const restarts = Math.max(0, ...(pod.status?.containerStatuses ?? []).map((status) => status.restartCount ?? 0));
  const created = Date.parse(pod.metadata?.creationTimestamp ?? "") || 0;
  return [
    pod.spec?.nodeName ? 1 : 0,
    phaseRank[pod.status?.phase ?? "Pending"] ?? 1,
    ready ? 1 : 0,
    deletionCost(pod),
    -onSameNode,
    -readySince,
    -restarts,
    -created,
  ];
}

function deletionCost(pod: Pod): number {
  const cost = Number(pod.metadata?.annotations?.["controller.kubernetes.io/pod-deletion-cost"] ?? 0);
  return Number.isInteger(cost) ? cost : 0;
}

function compareKeys(left: number[], right: number[]): number {
  for (let index = 0; index < left.length; index++) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
