import type { Pod, PodCondition } from "../../../gen/typernetes/core/v1/pod.ts";

/** The condition of a type, if the pod has it. */
export function podCondition(pod: Pod, type: string): PodCondition | undefined {
  return pod.status?.conditions?.find((condition) => condition.type === type);
}

/** Whether the pod's Ready condition is true. */
export function isPodReady(pod: Pod): boolean {
  return podCondition(pod, "Ready")?.status === "True";
}

/** Whether the pod has been ready for `minReadySeconds`. */
export function isPodAvailable(pod: Pod, minReadySeconds: number, nowMs: number): boolean {
  return isPodReady(pod) && (minReadySeconds === 0 || availableInMs(pod, minReadySeconds, nowMs) <= 0);
}

/** Milliseconds until a ready pod counts as available; 0 or less when it does already. */
function availableInMs(pod: Pod, minReadySeconds: number, nowMs: number): number {
  const since = Date.parse(podCondition(pod, "Ready")?.lastTransitionTime ?? "");
  return Number.isNaN(since) ? minReadySeconds * 1000 : since + minReadySeconds * 1000 - nowMs;
}

/** Whether the pod has run to its end. */
export function isPodFinished(pod: Pod): boolean {
  return pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed";
}

/** Whether the pod counts towards what its owner wants: neither ended nor being deleted. */
export function isPodActive(pod: Pod): boolean {
  return !isPodFinished(pod) && !pod.metadata?.deletionTimestamp;
}

/** Milliseconds until the next of these pods that is ready counts as available; undefined when all that will do so already. */
export function nextAvailableInMs(pods: readonly Pod[], minReadySeconds: number, nowMs: number): number | undefined {
  if (minReadySeconds === 0) return undefined;
  const waits = pods.filter(isPodReady).map((pod) => availableInMs(pod, minReadySeconds, nowMs));
  const next = Math.min(...waits.filter((wait) => wait > 0));
  return Number.isFinite(next) ? next : undefined;
}
