import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import { isPodFinished } from "../pods/pod-state.ts";

/** The ended pods beyond the `keep` that stay: evicted ones first, then the oldest. */
export function excessFinished(pods: readonly Pod[], keep: number): Pod[] {
  const finished = pods.filter((pod) => isPodFinished(pod) && !pod.metadata?.deletionTimestamp);
  if (finished.length <= keep) return [];
  const order = (left: Pod, right: Pod) =>
    Number(isEvicted(right)) - Number(isEvicted(left)) || createdMs(left) - createdMs(right);
  return finished.sort(order).slice(0, finished.length - keep);
}

function isEvicted({ status }: Pod): boolean {
  return status?.reason === "Evicted";
}

function createdMs({ metadata }: Pod): number {
  return Date.parse(metadata?.creationTimestamp ?? "") || 0;
}
