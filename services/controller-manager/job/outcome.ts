import { trueCondition } from "./conditions.ts";
import { judgeFailure } from "./failure-policy.ts";
import { isFailed, isIndexed, type JobSync } from "./job-sync.ts";
import { metSuccessRule } from "./success-policy.ts";
import type { Tally } from "./tally.ts";

/** That a job's end is certain, though its pods may not all have ended. */
export interface Outcome {
  type: "SuccessCriteriaMet" | "FailureTarget";
  reason: string;
  message: string;
}

/** Whether and why the job ends before its completions are reached; undefined while it goes on. */
export function judgeOutcome(sync: JobSync, counted: Tally): Outcome | undefined {
  return (
    decided(sync) ??
    failureByPolicy(sync) ??
    failureByLimits(sync, counted) ??
    failureByIndexes(sync, counted) ??
    successByPolicy(sync, counted)
  );
}

/** The outcome of a job that has as many successes as it wants. */
export const completionsReached: Outcome = {
  type: "SuccessCriteriaMet",
  reason: "CompletionsReached",
  message: "Reached expected number of succeeded pods",
};

/** Milliseconds until the job's deadline; undefined when it has none. */
export function deadlineInMs({ spec, status, nowMs }: JobSync): number | undefined {
  if (spec.activeDeadlineSeconds === undefined || spec.suspend || !status.startTime) return undefined;
  return Date.parse(status.startTime) + spec.activeDeadlineSeconds * 1000 - nowMs;
}

function decided({ status }: JobSync): Outcome | undefined {
  for (const type of ["SuccessCriteriaMet", "FailureTarget"] as const) {
    const condition = trueCondition(status, type);
    if (condition) return { type, reason: condition.reason ?? "", message: condition.message ?? "" };
  }
  return undefined;
}

function failureByPolicy({ spec, pods }: JobSync): Outcome | undefined {
  if (!spec.podFailurePolicy) return undefined;
  for (const pod of pods) {
    if (!isFailed(spec, pod)) continue;
    const { action, message = "" } = judgeFailure(spec.podFailurePolicy, pod);
    if (action === "FailJob") return { type: "FailureTarget", reason: "PodFailurePolicy", message };
  }
  return undefined;
}

function failureByLimits(sync: JobSync, { failed }: Tally): Outcome | undefined {
  const type = "FailureTarget";
  if (failed > (sync.spec.backoffLimit ?? 6) || isRestartedTooOften(sync))
    return { type, reason: "BackoffLimitExceeded", message: "Job has reached the specified backoff limit" };
  if ((deadlineInMs(sync) ?? 1) <= 0)
    return { type, reason: "DeadlineExceeded", message: "Job was active longer than specified deadline" };
  return undefined;
}

/** Where containers are started again in their pods, their restarts count. */
function isRestartedTooOften({ spec, pods }: JobSync): boolean {
  if (spec.template?.spec?.restartPolicy !== "OnFailure") return false;
  let restarts = 0;
  for (const { status } of pods) {
    if (status?.phase !== "Running" && status?.phase !== "Pending") continue;
    for (const { restartCount = 0 } of [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])])
      restarts += restartCount;
  }
  return spec.backoffLimit === 0 ? restarts > 0 : restarts >= (spec.backoffLimit ?? 6);
}

function failureByIndexes({ spec }: JobSync, { failedIndexes, succeededIndexes }: Tally): Outcome | undefined {
  const type = "FailureTarget";
  if (spec.maxFailedIndexes !== undefined && failedIndexes.size > spec.maxFailedIndexes)
    return {
      type,
      reason: "MaxFailedIndexesExceeded",
      message: "Job has exceeded the specified maximal number of failed indexes",
    };
  const hasRunAll = failedIndexes.size + succeededIndexes.size >= (spec.completions ?? 0);
  if (failedIndexes.size > 0 && hasRunAll) return { type, reason: "FailedIndexes", message: "Job has failed indexes" };
  return undefined;
}

function successByPolicy({ spec }: JobSync, { succeededIndexes }: Tally): Outcome | undefined {
  if (!isIndexed(spec)) return undefined;
  const rule = metSuccessRule(spec.successPolicy, spec.completions ?? 0, succeededIndexes);
  if (rule === undefined) return undefined;
  return { type: "SuccessCriteriaMet", reason: "SuccessPolicy", message: `Matched rules at index ${rule}` };
}
