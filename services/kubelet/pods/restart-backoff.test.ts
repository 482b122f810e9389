import assert from "node:assert/strict";
import { test } from "node:test";
import { SimulatedClock } from "../../../lib/base/simulated-clock.ts";
import type { ContainerStatus } from "../runtimes/runtime.ts";
import { RestartBackoff } from "./restart-backoff.ts";

function ended(clock: SimulatedClock, attempt: number, ranMs: number): ContainerStatus {
  const [finishedAtMs, startedAtMs] = [clock.now(), clock.now() - ranMs];
  const identity = { id: `c${attempt}`, sandboxId: "s", name: "main", attempt, image: "i", imageId: "i", labels: {} };
  return { ...identity, state: "Exited", exitCode: 1, createdAtMs: startedAtMs, startedAtMs, finishedAtMs };
}

test("the first end waits for nothing, the next ones 10 s, doubled up to five minutes", async () => {
  const clock = new SimulatedClock();
  const backoff = new RestartBackoff(clock);
  const delays: number[] = [];
  for (let attempt = 0; attempt < 9; attempt++) {
    const last = ended(clock, attempt, 1_000);
    delays.push(backoff.remaining("main", last).delayMs / 1000);
    await clock.advance(backoff.remaining("main", last).remainingMs);
  }
  assert.deepEqual(delays, [0, 10, 20, 40, 80, 160, 300, 300, 300]);
});

test("looking again does not make the wait longer, and time makes it shorter", async () => {
  const clock = new SimulatedClock();
  const backoff = new RestartBackoff(clock);
  backoff.remaining("main", ended(clock, 0, 1_000));
  const second = ended(clock, 1, 1_000);
  assert.deepEqual(backoff.remaining("main", second), { remainingMs: 10_000, delayMs: 10_000 });
  await clock.advance(4_000);
  assert.deepEqual(backoff.remaining("main", second), { remainingMs: 6_000, delayMs: 10_000 });
});

test("a container that ran for ten minutes starts afresh; each container has its own back-off", () => {
  const clock = new SimulatedClock();
  const backoff = new RestartBackoff(clock);
  for (let attempt = 0; attempt < 5; attempt++) backoff.remaining("main", ended(clock, attempt, 1_000));
  assert.equal(backoff.remaining("main", ended(clock, 5, 600_000)).delayMs, 0);
  assert.equal(backoff.remaining("main", ended(clock, 6, 1_000)).delayMs, 10_000);
  assert.equal(backoff.remaining("other", ended(clock, 0, 1_000)).delayMs, 0);
});

test("a container that never ran does not wait for ever", async () => {
  const clock = new SimulatedClock();
  const backoff = new RestartBackoff(clock);
  const failed = (attempt: number) => ({
    ...ended(clock, attempt, 0),
    startedAtMs: undefined,
    finishedAtMs: undefined,
  });
  backoff.remaining("main", failed(0));
  const second = failed(1);
  assert.equal(backoff.remaining("main", second).remainingMs, 10_000);
  await clock.advance(10_000);
  assert.equal(backoff.remaining("main", second).remainingMs, 0);
});
