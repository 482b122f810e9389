import assert from "node:assert/strict";
import { test } from "node:test";
import { SimulatedClock } from "../../../lib/base/simulated-clock.ts";
import { Retries } from "./retries.ts";
import { WakeTimer } from "./wake-timer.ts";

test("of all that ask, the earliest counts, and one alarm waits at most", async () => {
  const clock = new SimulatedClock();
  const woken: number[] = [];
  const timer = new WakeTimer(clock, () => woken.push(clock.now() - beganMs));
  const beganMs = clock.now();
  for (const ms of [5_000, 3_000, 9_000, 3_000, 4_000]) timer.within(ms);
  assert.equal(clock.pending, 1);
  await clock.advance(60_000);
  assert.deepEqual(woken, [3_000]);
  timer.within(1_000);
  timer.clear();
  await clock.advance(60_000);
  assert.deepEqual(woken, [3_000]);
  timer.within(1_000);
  await clock.advance(60_000);
  assert.equal(woken.length, 2);
});

test("retries wait longer each time, up to 30 s, and begin anew after a success", () => {
  const retries = new Retries();
  const delays = Array.from({ length: 8 }, () => retries.failed("sandbox"));
  assert.deepEqual(delays, [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
  assert.equal(retries.failed("volumes"), 500);
  retries.succeeded("sandbox");
  assert.equal(retries.failed("sandbox"), 500);
});
