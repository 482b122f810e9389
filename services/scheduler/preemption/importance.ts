import type { PodInfo } from "../snapshot/pod-info.ts";

/** Orders pods, the most important first: by priority, then by who has been running longer. */
export function moreImportant(left: PodInfo, right: PodInfo): number {
  return right.priority - left.priority || startMs(left) - startMs(right);
}

/** When a pod began to run, in milliseconds; one that has not yet counts as beginning now. */
export function startMs({ pod }: PodInfo): number {
  const time = pod.status?.startTime;
  return time === undefined ? Number.MAX_SAFE_INTEGER : Date.parse(time);
}
