import type { JobSpec } from "../../../gen/typernetes/batch/v1/cron_job.ts";
import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import { judgeFailure } from "./failure-policy.ts";
import { finishTime, indexOf, isFailed, isTracked, type JobSync } from "./job-sync.ts";
import { retryInMs } from "./retry-delay.ts";

/** Of a pod: how often the pods of its index before it have failed. */
const failuresAnnotation = "batch.kubernetes.io/job-index-failure-count";
const ignoredAnnotation = "batch.kubernetes.io/job-index-ignored-failure-count";

/** Whether a pod's failure is that of its index. */
export function failsIndex(spec: JobSpec, pod: Pod): boolean {
  if (!isFailed(spec, pod)) return false;
  const { counts, action } = judgeFailure(spec.podFailurePolicy, pod);
  if (action === "FailIndex") return true;
  return counts && numberOf(pod, failuresAnnotation) >= (spec.backoffLimitPerIndex ?? 0);
}

/**
 * The failed pods, by index, that are kept until the pod after them is there: that one goes on counting where they end.
 */
export function keptFailures(sync: JobSync, isSettled: (index: number) => boolean): Map<number, Pod> {
  const { spec } = sync;
  const kept = new Map<number, Pod>();
  const tracked = sync.pods.filter((pod) => isTracked(sync, pod));
  for (const pod of tracked) {
    const index = indexOf(spec, pod);
    if (index === undefined || isSettled(index) || !isFailed(spec, pod)) continue;
    const last = kept.get(index);
    if (!last || ordinalOf(last) < ordinalOf(pod)) kept.set(index, pod);
  }
  for (const pod of tracked) {
    const index = indexOf(spec, pod);
    const last = index === undefined ? undefined : kept.get(index);
    if (index !== undefined && last && !isFailed(spec, pod) && ordinalOf(pod) > ordinalOf(last)) kept.delete(index);
  }
  return kept;
}

/** Annotations of the pod that comes after `last`, the failed one of its index, if there is one. */
export function failureAnnotations(spec: JobSpec, last: Pod | undefined): Record<string, string> {
  if (!last) return { [failuresAnnotation]: "0" };
  const isCounted = judgeFailure(spec.podFailurePolicy, last).counts;
  const failures = numberOf(last, failuresAnnotation) + (isCounted ? 1 : 0);
  const ignored = numberOf(last, ignoredAnnotation) + (isCounted ? 0 : 1);
  return {
    [failuresAnnotation]: String(failures),
    ...(ignored > 0 && { [ignoredAnnotation]: String(ignored) }),
  };
}

/** Milliseconds until the pod after `last` may be made. */
export function indexRetryInMs(last: Pod, nowMs: number): number {
  return retryInMs({ failures: ordinalOf(last) + 1, lastFailureMs: finishTime(last, nowMs) }, nowMs);
}

/** How many pods of its index came before. */
function ordinalOf(pod: Pod): number {
  return numberOf(pod, failuresAnnotation) + numberOf(pod, ignoredAnnotation);
}

function numberOf({ metadata }: Pod, annotation: string): number {
  return Number(metadata?.annotations?.[annotation] ?? 0) || 0;
}
