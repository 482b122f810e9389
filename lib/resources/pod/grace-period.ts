import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";

/**
 * How long a deletion waits for the pod's node, in seconds: what the request says, else what the pod says; 0 when there is
 * no node to wait for or the pod has ended.
 */
export function podGracePeriodSeconds(pod: Pod, requested: number | undefined): number {
  if (!pod.spec?.nodeName || hasEnded(pod)) return 0;
  const period = requested ?? pod.spec.terminationGracePeriodSeconds ?? 0;
  return period < 0 ? 1 : period;
}

/** Whether none of the pod's containers will run again. */
export function hasEnded(pod: Pod): boolean {
  return pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed";
}
