import type { CronJob } from "../../../gen/typernetes/batch/v1/cron_job.ts";
import type { Schedule } from "./schedule.ts";

/** So many missed times are worth a warning. */
const missedMax = 100;

/** The last time that has passed without a job. */
export interface MissedTime {
  timeMs: number;
  /** So many have passed that something seems wrong. */
  isOneOfMany: boolean;
}

/**
 * The last time of the schedule since the cron job was made or last ran, within its starting deadline; undefined when none has
 * passed. Takes no longer for many missed times than for few.
 */
export function lastMissed(
  { metadata, spec, status }: CronJob,
  schedule: Schedule,
  nowMs: number,
): MissedTime | undefined {
  const since = Date.parse(status?.lastScheduleTime ?? metadata?.creationTimestamp ?? "") || nowMs;
  const { startingDeadlineSeconds } = spec ?? {};
  const deadline = startingDeadlineSeconds === undefined ? 0 : nowMs - startingDeadlineSeconds * 1000;
  const first = schedule.next(Math.max(since, deadline));
  if (first === undefined || first > nowMs) return undefined;
  const second = schedule.next(first);
  if (second === undefined || second > nowMs) return { timeMs: first, isOneOfMany: false };
  const gap = second - first;
  const missed = Math.floor((nowMs - first) / gap) + 1;
  // Times are not evenly spaced where the schedule names some days or hours only.
  for (const start of [first + (missed - 2) * gap, nowMs - 24 * 3_600_000, first]) {
    const timeMs = lastUntil(schedule, Math.max(start, first), nowMs);
    if (timeMs !== undefined) return { timeMs, isOneOfMany: missed > missedMax };
  }
  return { timeMs: first, isOneOfMany: missed > missedMax };
}

function lastUntil(schedule: Schedule, afterMs: number, nowMs: number): number | undefined {
  let last: number | undefined;
  for (let time = schedule.next(afterMs); time !== undefined && time <= nowMs; time = schedule.next(time)) last = time;
  return last;
}
