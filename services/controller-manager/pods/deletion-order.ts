import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import { isPodReady, podCondition } from "./pod-state.ts";

const phaseRank: Record<string, number> = { Pending: 0, Unknown: 1, Running: 2 };

/**
 * Pods in the order in which a scale-down deletes them, as Kubernetes' replica set controller: unscheduled before scheduled,
 * pending before running, not ready before ready, cheap (`controller.kubernetes.io/pod-deletion-cost`) before dear, on nodes
 * with many of `related` before others, ready for a short time before a long one, often restarted before seldom, young
 * before old. Times count by their order of magnitude only, so that the choice among pods of a like age is a matter of chance.
 */
export function inDeletionOrder(pods: readonly Pod[], related: readonly Pod[], nowMs: number): Pod[] {
  const perNode = new Map<string, number>();
  for (const pod of related) perNode.set(nodeOf(pod), (perNode.get(nodeOf(pod)) ?? 0) + 1);
  const candidates = pods.map((pod) => candidateOf(pod, perNode.get(nodeOf(pod)) ?? 0, nowMs));
  return candidates.sort(compare).map(({ pod }) => pod);
}

interface Candidate {
  pod: Pod;
  /** Compared one after the other, up to the times. */
  ranks: number[];
  readyMs: number;
  restarts: number;
  createdMs: number;
  nowMs: number;
}

function candidateOf(pod: Pod, onSameNode: number, nowMs: number): Candidate {
  const ready = isPodReady(pod);
  const statuses = [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])];
  return {
    pod,
    ranks: [
      pod.spec?.nodeName ? 1 : 0,
      phaseRank[pod.status?.phase ?? "Pending"] ?? 1,
      ready ? 1 : 0,
      deletionCost(pod),
      -onSameNode,
    ],
    readyMs: ready ? Date.parse(podCondition(pod, "Ready")?.lastTransitionTime ?? "") || 0 : 0,
    restarts: Math.max(0, ...statuses.map((status) => status.restartCount ?? 0)),
    createdMs: Date.parse(pod.metadata?.creationTimestamp ?? "") || 0,
    nowMs,
  };
}

function compare(left: Candidate, right: Candidate): number {
  for (const [index, rank] of left.ranks.entries()) {
    const difference = rank - (right.ranks[index] ?? 0);
    if (difference !== 0) return difference;
  }
  if (left.readyMs !== right.readyMs) return compareAges(left, right, "readyMs");
  if (left.restarts !== right.restarts) return right.restarts - left.restarts;
  return left.createdMs === right.createdMs ? 0 : compareAges(left, right, "createdMs");
}

function compareAges(left: Candidate, right: Candidate, time: "readyMs" | "createdMs"): number {
  const difference = magnitude(left.nowMs - left[time]) - magnitude(right.nowMs - right[time]);
  return difference || ((left.pod.metadata?.uid ?? "") < (right.pod.metadata?.uid ?? "") ? -1 : 1);
}

function magnitude(ageMs: number): number {
  return ageMs > 0 ? Math.floor(Math.log2(ageMs * 1e6)) : -1;
}

function nodeOf(pod: Pod): string {
  return pod.spec?.nodeName ?? "";
}

function deletionCost(pod: Pod): number {
  const text = pod.metadata?.annotations?.["controller.kubernetes.io/pod-deletion-cost"] ?? "";
  return /^(0|-?[1-9]\d{0,9})$/.test(text) ? Number(text) : 0;
}
