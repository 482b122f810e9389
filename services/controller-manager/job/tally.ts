import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import { judgeFailure } from "./failure-policy.ts";
import { failsIndex, keptFailures } from "./index-failures.ts";
import { parseIndexes } from "./index-set.ts";
import { indexOf, isFailed, isIndexed, isTracked, type JobSync, uidOf } from "./job-sync.ts";

/** How far a job is, pods included that its status does not count yet. */
export interface Tally {
  succeeded: number;
  failed: number;
  newlySucceeded: Pod[];
  newlyFailed: Pod[];
  /** Empty when the job has no indexes. */
  succeededIndexes: Set<number>;
  /** Empty when indexes do not fail one by one. */
  failedIndexes: Set<number>;
  /** Failed pods, by index, that are not let go yet. */
  kept: Map<number, Pod>;
}

/** Counts what has ended. */
export function tally(sync: JobSync): Tally {
  const { spec, status } = sync;
  const { succeeded: uncountedSucceeded = [], failed: uncountedFailed = [] } = status.uncountedTerminatedPods ?? {};
  const known = new Set([...uncountedSucceeded, ...uncountedFailed]);
  const fresh = sync.pods.filter((pod) => isTracked(sync, pod) && !known.has(uidOf(pod)) && belongs(sync, pod));
  const newlySucceeded = fresh.filter((pod) => pod.status?.phase === "Succeeded");
  const newlyFailed = fresh.filter((pod) => isFailed(spec, pod));
  const counting = newlyFailed.filter((pod) => judgeFailure(spec.podFailurePolicy, pod).counts);
  const succeededIndexes = indexesAfter(sync, status.completedIndexes, (pod) => pod.status?.phase === "Succeeded");
  const perIndex = isIndexed(spec) && spec.backoffLimitPerIndex !== undefined;
  const failedIndexes = perIndex
    ? indexesAfter(sync, status.failedIndexes, (pod) => failsIndex(spec, pod))
    : new Set<number>();
  return {
    succeeded: isIndexed(spec)
      ? succeededIndexes.size
      : (status.succeeded ?? 0) + newlySucceeded.length + uncountedSucceeded.length,
    failed: (status.failed ?? 0) + counting.length + uncountedFailed.length,
    newlySucceeded,
    newlyFailed,
    succeededIndexes,
    failedIndexes,
    kept: perIndex
      ? keptFailures(sync, (index) => succeededIndexes.has(index) || failedIndexes.has(index))
      : new Map<number, Pod>(),
  };
}

function belongs({ spec }: JobSync, pod: Pod): boolean {
  return !isIndexed(spec) || indexOf(spec, pod) !== undefined;
}

function indexesAfter(sync: JobSync, text: string | undefined, hasEnded: (pod: Pod) => boolean): Set<number> {
  const indexes = new Set<number>();
  if (!isIndexed(sync.spec)) return indexes;
  for (const index of parseIndexes(text, sync.spec.completions ?? 0)) indexes.add(index);
  for (const pod of sync.pods) {
    const index = indexOf(sync.spec, pod);
    if (index !== undefined && isTracked(sync, pod) && hasEnded(pod)) indexes.add(index);
  }
  return indexes;
}
