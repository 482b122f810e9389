import assert from "node:assert/strict";
import { test } from "node:test";
import { SimulatedClock } from "../../lib/base/simulated-clock.ts";
import { silentLogger } from "../../lib/observe/logger.ts";
import { SyncLoop } from "./sync-loop.ts";

/** A loop in simulated time that notes when it synced and fails as often as it is told. */
function openLoop() {
  const clock = new SimulatedClock(0);
  const syncs: number[] = [];
  const errors: string[] = [];
  const state = { failures: 0 };
  const sync = async () => {
    syncs.push(clock.now());
    if (state.failures-- > 0) throw new Error("refused");
  };
  const logger = { ...silentLogger, error: (_fields: object, message: string) => errors.push(message) };
  const settings = {
    intervalMs: 50,
    resyncMs: 30_000,
    clock,
    random: () => 0.5,
    logger: { ...logger, error: logger.error },
  };
  return { clock, syncs, errors, state, loop: new SyncLoop({ ...settings, sync }) };
}

test("changes that come close together are one sync, and the first change does not wait", async () => {
  const { clock, syncs, loop } = openLoop();
  await clock.advance(1_000);
  loop.wake();
  await clock.advance(0);
  for (let round = 0; round < 5; round++) {
    loop.wake();
    await clock.advance(5);
  }
  await clock.advance(1_000);
  assert.deepEqual(syncs, [0, 1_000, 1_050]);
  await loop.stop();
});

test("without changes there is a sync now and then", async () => {
  const { clock, syncs, loop } = openLoop();
  await clock.advance(65_000);
  assert.equal(syncs.length, 3);
  await loop.stop();
});

test("failures are retried with growing pauses and logged once", async () => {
  const { clock, syncs, errors, state, loop } = openLoop();
  state.failures = 4;
  await clock.advance(20_000);
  assert.equal(syncs.length, 5);
  const pauses = syncs.slice(1).map((at, index) => at - (syncs[index] ?? 0));
  assert.deepEqual(
    pauses,
    [...pauses].sort((a, b) => a - b),
  );
  assert.equal(errors.length, 1);
  await loop.stop();
});

test("a stopped loop syncs no more", async () => {
  const { clock, syncs, loop } = openLoop();
  await clock.advance(1_000);
  await loop.stop();
  loop.wake();
  await clock.advance(100_000);
  assert.deepEqual(syncs, [0]);
});
