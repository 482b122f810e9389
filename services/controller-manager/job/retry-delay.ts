import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import { backoffDelay } from "../../../lib/base/backoff.ts";
import { finishTime } from "./job-sync.ts";

/** Milliseconds. */
const delay = { initialMs: 10_000, maxMs: 10 * 60_000 };

/** How often a job's pods have failed since one last succeeded. */
export interface FailureRecord {
  failures: number;
  lastFailureMs: number;
}

/** The record after these pods, too, have ended. */
export function recordAfter(
  record: FailureRecord | undefined,
  succeeded: readonly Pod[],
  failed: readonly Pod[],
  nowMs: number,
): FailureRecord {
  const lastSuccessMs = Math.max(...succeeded.map((pod) => finishTime(pod, nowMs)));
  const recent = failed.map((pod) => finishTime(pod, nowMs)).filter((time) => time > lastSuccessMs);
  const before = succeeded.length > 0 || !record ? { failures: 0, lastFailureMs: 0 } : record;
  return {
    failures: before.failures + recent.length,
    lastFailureMs: Math.max(before.lastFailureMs, ...recent),
  };
}

/** Milliseconds until the next pod may be made; 0 when it may be now. */
export function retryInMs({ failures, lastFailureMs }: FailureRecord, nowMs: number): number {
  if (failures === 0) return 0;
  return Math.max(0, lastFailureMs + backoffDelay(failures - 1, delay) - nowMs);
}
