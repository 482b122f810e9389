import assert from "node:assert/strict";
import { test } from "node:test";
import { parseSchedule, ScheduleError } from "./schedule.ts";
import { rfc3339In } from "./zone.ts";

const cases: readonly [schedule: string, zone: string, after: string, next: string][] = [
  ["* * * * *", "UTC", "2026-01-01T00:00:30Z", "2026-01-01T00:01:00Z"],
  ["* * * * *", "UTC", "2026-01-01T00:01:00Z", "2026-01-01T00:02:00Z"],
  ["*/15 * * * *", "UTC", "2026-01-01T00:46:00Z", "2026-01-01T01:00:00Z"],
  ["5,10-12 3 * * *", "UTC", "2026-01-01T03:05:00Z", "2026-01-01T03:10:00Z"],
  ["30/10 * * * *", "UTC", "2026-01-01T00:31:00Z", "2026-01-01T00:40:00Z"],
  ["0 9 * * MON-FRI", "UTC", "2026-01-02T10:00:00Z", "2026-01-05T09:00:00Z"],
  ["0 0 13 * 5", "UTC", "2026-01-02T00:00:00Z", "2026-01-09T00:00:00Z"],
  ["0 0 13 * 5", "UTC", "2026-01-09T00:00:00Z", "2026-01-13T00:00:00Z"],
  ["0 0 29 feb ?", "UTC", "2026-01-01T00:00:00Z", "2028-02-29T00:00:00Z"],
  ["@monthly", "UTC", "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"],
  ["@weekly", "UTC", "2026-01-01T00:00:00Z", "2026-01-04T00:00:00Z"],
  ["@every 1h30m", "UTC", "2026-01-01T00:00:00.500Z", "2026-01-01T01:30:00Z"],
  ["0 9 * * *", "Asia/Kolkata", "2026-01-01T00:00:00Z", "2026-01-01T03:30:00Z"],
  ["0 9 * * *", "America/New_York", "2026-01-01T00:00:00Z", "2026-01-01T14:00:00Z"],
  ["0 9 * * *", "America/New_York", "2026-07-01T00:00:00Z", "2026-07-01T13:00:00Z"],
  // Clocks go from 2 to 3 on March 8: there is no half past two on that day.
  ["30 2 * * *", "America/New_York", "2026-03-07T12:00:00Z", "2026-03-09T06:30:00Z"],
  // Clocks go from 2 back to 1 on November 1: it is midnight once only.
  ["0 0 * * *", "America/New_York", "2026-10-31T12:00:00Z", "2026-11-01T04:00:00Z"],
  ["0 0 * * *", "America/New_York", "2026-11-01T04:00:00Z", "2026-11-02T05:00:00Z"],
];

for (const [schedule, zone, after, next] of cases)
  test(`${schedule} in ${zone} after ${after}`, () => {
    assert.equal(parseSchedule(schedule, zone).next(Date.parse(after)), Date.parse(next));
  });

test("a day that never comes has no next time", () => {
  assert.equal(parseSchedule("0 0 30 2 *", "UTC").next(Date.parse("2026-01-01T00:00:00Z")), undefined);
});

test("what is no schedule, and what is no time zone", () => {
  for (const text of ["", "* * * *", "x * * * *", "60 * * * *", "@every x"])
    assert.throws(() => parseSchedule(text, "UTC"), ScheduleError);
  assert.throws(() => parseSchedule("* * * * *", "Nowhere/Land"), RangeError);
});

test("times are told with the offset of their zone", () => {
  const time = Date.parse("2026-07-01T03:30:00Z");
  assert.equal(rfc3339In(time, "UTC"), "2026-07-01T03:30:00Z");
  assert.equal(rfc3339In(time, "Asia/Kolkata"), "2026-07-01T09:00:00+05:30");
  assert.equal(rfc3339In(time, "America/New_York"), "2026-06-30T23:30:00-04:00");
});
