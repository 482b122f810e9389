import type { JobSpec } from "../../../gen/typernetes/batch/v1/cron_job.ts";
import type { Job, JobStatus } from "../../../gen/typernetes/batch/v1/job.ts";
import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import type { ControllerContext } from "../../../lib/controller/controller.ts";
import type { Expectations } from "../../../lib/controller/expectations.ts";
import { isPodFinished, podCondition } from "../pods/pod-state.ts";

/** The kind of the owner of pods here. */
export const jobKind = { apiVersion: "batch/v1", kind: "Job" };
/** Keeps a pod until it is counted. */
export const trackingFinalizer = "batch.kubernetes.io/job-tracking";
/** Of a pod of an indexed job, as annotation and as label. */
export const indexKey = "batch.kubernetes.io/job-completion-index";

/** One reconcile of one job: what the steps share. */
export interface JobSync {
  readonly context: ControllerContext;
  readonly expectations: Expectations;
  /** As the server has it: replaced whenever the status is written. */
  job: Job;
  readonly spec: JobSpec;
  /** As this reconcile changes it. */
  readonly status: JobStatus;
  readonly pods: readonly Pod[];
  /** Pods that neither ended nor end. */
  readonly active: readonly Pod[];
  /** Unique ids of pods whose finalizer goes, though the cache may not show that yet. */
  readonly untracking: Set<string>;
  readonly nowMs: number;
}

/** Whether a pod is still to be counted. */
export function isTracked({ untracking }: Pick<JobSync, "untracking">, pod: Pod): boolean {
  return hasFinalizer(pod) && !untracking.has(uidOf(pod));
}

export function hasFinalizer({ metadata }: Pod): boolean {
  return metadata?.finalizers?.includes(trackingFinalizer) ?? false;
}

export function uidOf({ metadata }: Pod): string {
  return metadata?.uid ?? "";
}

export function isIndexed({ completionMode }: JobSpec): boolean {
  return completionMode === "Indexed";
}

/** The index of a pod; undefined when it has none, or one that the job does not have any more. */
export function indexOf({ completions = 0 }: JobSpec, { metadata }: Pod): number | undefined {
  const text = metadata?.annotations?.[indexKey] ?? "";
  if (!/^\d{1,10}$/.test(text)) return undefined;
  return Number(text) < completions ? Number(text) : undefined;
}

/** Whether new pods wait until those that go are gone. */
export function replacesOnlyFailed({ podReplacementPolicy, podFailurePolicy }: JobSpec): boolean {
  return podReplacementPolicy === "Failed" || podFailurePolicy !== undefined;
}

/** Whether a pod counts as failed: where not only failed ones are replaced, deleted ones do, too. */
export function isFailed(spec: JobSpec, { metadata, status }: Pod): boolean {
  if (status?.phase === "Failed") return true;
  if (replacesOnlyFailed(spec)) return false;
  return metadata?.deletionTimestamp !== undefined && status?.phase !== "Succeeded";
}

/** Whether a pod is being deleted and still runs. */
export function isEnding(pod: Pod): boolean {
  return pod.metadata?.deletionTimestamp !== undefined && !isPodFinished(pod);
}

/** When a pod ended: as its containers say, or its Ready condition, or its deletion. Never later than `nowMs`. Milliseconds. */
export function finishTime(pod: Pod, nowMs: number): number {
  const { metadata, status } = pod;
  const ends = (status?.containerStatuses ?? []).map(({ state }) => Date.parse(state?.terminated?.finishedAt ?? ""));
  const ready = podCondition(pod, "Ready");
  const graceMs = (metadata?.deletionGracePeriodSeconds ?? 0) * 1000;
  const times = [
    ends.length > 0 ? Math.max(...ends) : Number.NaN,
    ready?.status === "False" ? Date.parse(ready.lastTransitionTime ?? "") : Number.NaN,
    Date.parse(metadata?.deletionTimestamp ?? "") - graceMs,
    Date.parse(metadata?.creationTimestamp ?? ""),
  ];
  return Math.min(nowMs, times.find((time) => !Number.isNaN(time)) ?? nowMs);
}
