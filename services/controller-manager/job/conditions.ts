import type { Job, JobCondition, JobStatus } from "../../../gen/typernetes/batch/v1/job.ts";
import { rfc3339 } from "../../../lib/base/rfc3339.ts";

/** The job's condition of a type, if it is true. */
export function trueCondition(status: JobStatus | undefined, type: string): JobCondition | undefined {
  return status?.conditions?.find((condition) => condition.type === type && condition.status === "True");
}

/** The condition by which a job has ended, if it has. */
export function finishedCondition({ status }: Job): JobCondition | undefined {
  return trueCondition(status, "Complete") ?? trueCondition(status, "Failed");
}

/** Sets a condition; answers whether its status changed. One that was never true is not made false. */
export function setCondition(
  status: JobStatus,
  { type, status: value, reason, message }: Required<Pick<JobCondition, "type" | "status" | "reason" | "message">>,
  nowMs: number,
): boolean {
  const existing = status.conditions?.find((condition) => condition.type === type);
  if (existing?.status === value || (!existing && value === "False")) return false;
  const now = rfc3339(nowMs);
  const condition = { type, status: value, reason, message, lastProbeTime: now, lastTransitionTime: now };
  status.conditions = [...(status.conditions ?? []).filter((other) => other !== existing), condition];
  return true;
}
