import assert from "node:assert/strict";
import { test } from "node:test";
import type { CronJob, CronJobSpec } from "../../../gen/typernetes/batch/v1/cron_job.ts";
import { lastMissed } from "./missed.ts";
import { parseSchedule } from "./schedule.ts";

const created = "2026-01-05T00:00:00Z";

function missed(schedule: string, now: string, spec: CronJobSpec = {}, lastScheduleTime?: string) {
  const cron: CronJob = { metadata: { creationTimestamp: created }, spec, status: { lastScheduleTime } };
  const found = lastMissed(cron, parseSchedule(schedule, "UTC"), Date.parse(now));
  return found && [new Date(found.timeMs).toISOString().slice(0, 16), found.isOneOfMany];
}

test("nothing is missed before the first time", () => {
  assert.equal(missed("0 * * * *", "2026-01-05T00:59:00Z"), undefined);
  assert.equal(missed("0 * * * *", "2026-01-05T01:30:00Z", {}, "2026-01-05T01:00:00Z"), undefined);
});

test("of several missed times, the last one counts", () => {
  assert.deepEqual(missed("0 * * * *", "2026-01-05T01:00:00Z"), ["2026-01-05T01:00", false]);
  assert.deepEqual(missed("0 * * * *", "2026-01-05T07:30:00Z"), ["2026-01-05T07:00", false]);
});

test("more than a hundred missed times are too many, unless a deadline leaves few", () => {
  assert.deepEqual(missed("* * * * *", "2026-01-06T00:00:30Z"), ["2026-01-06T00:00", true]);
  assert.deepEqual(missed("* * * * *", "2026-01-06T00:00:30Z", { startingDeadlineSeconds: 200 }), [
    "2026-01-06T00:00",
    false,
  ]);
});

test("the last time is found where times are not evenly spaced", () => {
  assert.deepEqual(missed("0,1 9 * * 1", "2026-01-14T00:00:00Z"), ["2026-01-12T09:01", true]);
});
