import type { JobStatus } from "../../../gen/typernetes/batch/v1/job.ts";
import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import { deepEqual } from "../../../lib/api/deep.ts";
import { rfc3339 } from "../../../lib/base/rfc3339.ts";
import { setCondition } from "./conditions.ts";
import { judgeFailure } from "./failure-policy.ts";
import { formatIndexes, parseIndexes } from "./index-set.ts";
import { indexOf, isFailed, isIndexed, isTracked, type JobSync, uidOf } from "./job-sync.ts";
import type { Outcome } from "./outcome.ts";
import type { Tally } from "./tally.ts";
import { untrack } from "./untrack.ts";

/** No more pods than this are named in the status as ended but not yet counted. */
const uncountedMax = 500;

/**
 * Counts ended pods so that none is ever missed or counted twice: their ids are written to the status first, then they lose
 * their finalizer, then the counters take the place of the ids. Ends the job when its outcome is certain and all is counted.
 */
export async function trackPods(sync: JobSync, counted: Tally, outcome: Outcome | undefined): Promise<void> {
  const tracked = new Set(sync.pods.filter((pod) => isTracked(sync, pod)).map(uidOf));
  countOff(sync.status, tracked);
  const { pods, isAll } = noteEnded(sync, counted, outcome);
  if (outcome) {
    const { type, reason, message } = outcome;
    setCondition(sync.status, { type, status: "True", reason, message }, sync.nowMs);
  }
  await flush(sync);
  const results = await Promise.allSettled(pods.map((pod) => untrack(sync.context, pod, sync.untracking)));
  for (const [index, pod] of pods.entries()) if (results[index]?.status === "fulfilled") tracked.delete(uidOf(pod));
  countOff(sync.status, tracked);
  const ends = isAll && outcome !== undefined && finish(sync, outcome);
  await flush(sync);
  if (ends) tellEnd(sync, outcome);
  const failed = results.find((result) => result.status === "rejected");
  if (failed) throw failed.reason;
}

/** Counts those of the noted pods that are tracked no more. */
function countOff(status: JobStatus, tracked: ReadonlySet<string>): void {
  const { succeeded = [], failed = [] } = status.uncountedTerminatedPods ?? {};
  const isOpen = (uid: string) => tracked.has(uid);
  status.succeeded = (status.succeeded ?? 0) + succeeded.filter((uid) => !isOpen(uid)).length;
  status.failed = (status.failed ?? 0) + failed.filter((uid) => !isOpen(uid)).length;
  status.uncountedTerminatedPods = { succeeded: succeeded.filter(isOpen), failed: failed.filter(isOpen) };
}

/** Notes the pods that ended in the status. Answers those that may go then. */
function noteEnded(sync: JobSync, counted: Tally, outcome: Outcome | undefined): { pods: Pod[]; isAll: boolean } {
  const { spec, status } = sync;
  const { succeeded = [], failed = [] } = status.uncountedTerminatedPods ?? {};
  const indexes = parseIndexes(status.completedIndexes, spec.completions ?? 0);
  const pods: Pod[] = [];
  let isAll = true;
  for (const pod of sync.pods) {
    if (!isTracked(sync, pod) || !mayGo(sync, counted, outcome, pod)) continue;
    if (succeeded.length + failed.length + pods.length >= uncountedMax) {
      isAll = false;
      break;
    }
    pods.push(pod);
    const uid = uidOf(pod);
    if (succeeded.includes(uid) || failed.includes(uid)) continue;
    const index = indexOf(spec, pod);
    if (isIndexed(spec) && index === undefined) continue;
    if (pod.status?.phase === "Succeeded") {
      if (index !== undefined && isIndexed(spec)) indexes.add(index);
      else succeeded.push(uid);
    } else if (isFailed(spec, pod) || outcome?.type === "FailureTarget") {
      if (judgeFailure(spec.podFailurePolicy, pod).counts) failed.push(uid);
    }
  }
  status.uncountedTerminatedPods = { succeeded, failed };
  if (isIndexed(spec)) {
    status.succeeded = indexes.size;
    status.completedIndexes = formatIndexes(indexes);
    if (spec.backoffLimitPerIndex !== undefined) status.failedIndexes = formatIndexes(counted.failedIndexes);
  }
  return { pods, isAll };
}

/** Whether a pod need not be kept once it is noted. */
function mayGo({ job, spec }: JobSync, { kept }: Tally, outcome: Outcome | undefined, pod: Pod): boolean {
  if (job.metadata?.deletionTimestamp || outcome || pod.status?.phase === "Succeeded") return true;
  if (!isFailed(spec, pod)) return false;
  const index = indexOf(spec, pod);
  return index === undefined || uidOf(kept.get(index) ?? {}) !== uidOf(pod);
}

/** Makes the outcome final once every pod has ended and is counted. */
function finish({ status, nowMs }: JobSync, { type, reason, message }: Outcome): boolean {
  const { succeeded = [], failed = [] } = status.uncountedTerminatedPods ?? {};
  const open = succeeded.length + failed.length + (status.active ?? 0) + (status.terminating ?? 0);
  if (open > 0) return false;
  const final = type === "SuccessCriteriaMet" ? "Complete" : "Failed";
  setCondition(status, { type: final, status: "True", reason, message }, nowMs);
  status.startTime ??= rfc3339(nowMs);
  if (final === "Complete") status.completionTime = rfc3339(nowMs);
  return true;
}

function tellEnd({ context, job }: JobSync, { type, reason, message }: Outcome): void {
  if (type === "SuccessCriteriaMet") context.recorder.event(job, "Normal", "Completed", "Job completed");
  else context.recorder.event(job, "Warning", reason, message);
}

/** Writes the status where it differs from what the server has. */
async function flush(sync: JobSync): Promise<void> {
  if (deepEqual(withoutEmpty(sync.job.status ?? {}), withoutEmpty(sync.status))) return;
  const status = structuredClone(sync.status);
  sync.job = await sync.context.client.batch.v1.jobs.updateStatus({ ...sync.job, status });
}

/** Zero, empty and absent are the same here; but for numbers that are always told. */
function withoutEmpty({ uncountedTerminatedPods, ...status }: JobStatus): object {
  const isEmpty = (value: unknown) =>
    value === undefined || value === "" || value === 0 || (Array.isArray(value) && value.length === 0);
  const strip = (object: object) => Object.fromEntries(Object.entries(object).filter(([, value]) => !isEmpty(value)));
  return { ...strip(status), uncounted: strip(uncountedTerminatedPods ?? {}) };
}
