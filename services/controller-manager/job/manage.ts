import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import { inDeletionOrder } from "../pods/deletion-order.ts";
import { changePods } from "../pods/owned-pods.ts";
import { isPodActive } from "../pods/pod-state.ts";
import { failureAnnotations, indexRetryInMs } from "./index-failures.ts";
import { indexedPod, jobPod } from "./job-pod.ts";
import { indexOf, isEnding, isIndexed, type JobSync, replacesOnlyFailed } from "./job-sync.ts";
import { type FailureRecord, retryInMs } from "./retry-delay.ts";
import type { Tally } from "./tally.ts";
import { untrack } from "./untrack.ts";

/** No more pods are created or deleted in one go, as in Kubernetes. */
const burst = 500;

/** What managing came to. */
export interface Managed {
  /** How many pods are active now. */
  active: number;
  failure?: unknown;
  /** Milliseconds until pods that wait after failures may be made. */
  waitMs?: number;
}

/** Creates pods that are missing, or deletes those that are too many; never both in one go. */
export async function manageJob(sync: JobSync, counted: Tally, record: FailureRecord): Promise<Managed> {
  const wanted = sync.spec.suspend ? 0 : wantedActive(sync, counted);
  const doomed = excess(sync, Math.max(0, sync.active.length - wanted)).slice(0, burst);
  if (doomed.length > 0) return deletePods(sync, doomed);
  const ending = replacesOnlyFailed(sync.spec) ? sync.pods.filter(isEnding).length : 0;
  const missing = Math.min(wanted - ending - sync.active.length, burst);
  const active = sync.active.length;
  if (missing <= 0) return { active };
  const waitMs = retryInMs(record, sync.nowMs);
  if (waitMs > 0 && sync.spec.backoffLimitPerIndex === undefined) return { active, waitMs };
  const { pods, waitMs: indexWaitMs } = isIndexed(sync.spec)
    ? indexedPods(sync, counted, missing)
    : { pods: new Array<Pod>(missing).fill(jobPod(sync.job)) };
  const wait = indexWaitMs === undefined ? {} : { waitMs: indexWaitMs };
  if (pods.length === 0) return { active, ...wait };
  const failure = await changePods(sync.context, sync.expectations, sync.job, { create: pods });
  return { active: active + (failure ? 0 : pods.length), failure, ...wait };
}

/** How many pods are to run now. */
function wantedActive({ spec, active }: JobSync, { succeeded, failedIndexes }: Tally): number {
  const { completions, parallelism = 1 } = spec;
  // Without a number to reach, the first success ends the job: no more pods are made then.
  if (completions === undefined) return succeeded > 0 ? Math.min(active.length, parallelism) : parallelism;
  return Math.min(parallelism, Math.max(0, completions - succeeded - failedIndexes.size));
}

/** The active pods to go: those without a right to an index, then those that matter least. */
function excess({ spec, active, context }: JobSync, atLeast: number): Pod[] {
  const ordered = inDeletionOrder(active, active, context.clock.now());
  if (!isIndexed(spec)) return ordered.slice(0, atLeast);
  const seen = new Set<number>();
  const unwanted = new Set<Pod>();
  for (const pod of ordered.toReversed()) {
    const index = indexOf(spec, pod);
    if (index === undefined || seen.has(index)) unwanted.add(pod);
    else seen.add(index);
  }
  const others = ordered.filter((pod) => !unwanted.has(pod));
  return [...unwanted, ...others.slice(0, Math.max(0, atLeast - unwanted.size))];
}

/** These pods count neither as succeeded nor as failed. */
async function deletePods(sync: JobSync, pods: readonly Pod[]): Promise<Managed> {
  const released = await Promise.allSettled(pods.map((pod) => untrack(sync.context, pod, sync.untracking)));
  const remove = pods.filter((_, index) => released[index]?.status === "fulfilled");
  const failure =
    (await changePods(sync.context, sync.expectations, sync.job, { remove })) ??
    released.find((result) => result.status === "rejected")?.reason;
  return { active: sync.active.length - (failure ? 0 : remove.length), failure };
}

/** Pods for the lowest indexes that have none; those whose last pod failed a short time ago wait. */
function indexedPods(sync: JobSync, counted: Tally, missing: number): { pods: Pod[]; waitMs?: number } {
  const { spec, job, nowMs } = sync;
  const waitsForEnd = replacesOnlyFailed(spec);
  const busy = new Set<number | undefined>();
  for (const pod of sync.pods) if (isPodActive(pod) || (waitsForEnd && isEnding(pod))) busy.add(indexOf(spec, pod));
  const perIndex = spec.backoffLimitPerIndex !== undefined;
  const pods: Pod[] = [];
  const waits: number[] = [];
  for (let index = 0; index < (spec.completions ?? 0) && pods.length + waits.length < missing; index++) {
    if (busy.has(index) || counted.succeededIndexes.has(index) || counted.failedIndexes.has(index)) continue;
    const last = counted.kept.get(index);
    const wait = last ? indexRetryInMs(last, nowMs) : 0;
    if (wait > 0) waits.push(wait);
    else pods.push(indexedPod(job, index, perIndex ? failureAnnotations(spec, last) : {}));
  }
  return waits.length > 0 ? { pods, waitMs: Math.min(...waits) } : { pods };
}
