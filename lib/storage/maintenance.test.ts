import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { SimulatedClock } from "../base/simulated-clock.ts";
import { openEmbeddedStore } from "./embedded/embedded-store.ts";
import { startMaintenance } from "./maintenance.ts";
import type { Store } from "./store.ts";

async function emptyStore(context: TestContext): Promise<Store> {
  const directory = mkdtempSync(join(tmpdir(), "typernetes-store-"));
  const store = await openEmbeddedStore({ directory });
  context.after(async () => {
    await store.close();
    rmSync(directory, { recursive: true, force: true });
  });
  return store;
}

async function write(store: Store, count: number): Promise<number> {
  const writes = Array.from({ length: count }, () => store.create(`/registry/${Math.random()}`, Buffer.from("x")));
  return Math.max(...(await Promise.all(writes)));
}

/** Moves time in steps of an interval, each time waiting for the disk, which does not follow the simulated clock. */
async function pass(clock: SimulatedClock, store: Store, intervals: number, intervalMs: number): Promise<number> {
  await asleep(clock);
  for (let step = 0; step < intervals; step++) {
    await clock.advance(intervalMs);
    await asleep(clock);
  }
  return (await store.status()).compactedRevision;
}

async function asleep(clock: SimulatedClock): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (clock.pending === 0) {
    assert.ok(Date.now() < deadline, "maintenance did not come to rest");
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test("history older than the time to keep is compacted, younger is not", async (context) => {
  const store = await emptyStore(context);
  const clock = new SimulatedClock();
  const old = await write(store, 10);
  const maintenance = startMaintenance(store, { clock, keepMs: 60_000, intervalMs: 10_000 });
  context.after(() => maintenance.stop());
  assert.equal(await pass(clock, store, 5, 10_000), 0);
  const young = await write(store, 5);
  assert.equal(await pass(clock, store, 1, 10_000), old);
  assert.equal(await pass(clock, store, 5, 10_000), old);
  assert.equal(await pass(clock, store, 1, 10_000), young);
});

test("more revisions than are to be kept are compacted whatever their age", async (context) => {
  const store = await emptyStore(context);
  const clock = new SimulatedClock();
  const maintenance = startMaintenance(store, { clock, keepRevisions: 100, intervalMs: 1_000 });
  context.after(() => maintenance.stop());
  assert.equal(await pass(clock, store, 0, 1_000), 0);
  const newest = await write(store, 350);
  assert.equal(await pass(clock, store, 1, 1_000), newest - 100);
});

test("a failure is reported and does not end maintenance", async (context) => {
  const store = await emptyStore(context);
  const clock = new SimulatedClock();
  const newest = await write(store, 50);
  const errors: unknown[] = [];
  let broken = true;
  const flaky: Store = Object.create(store, {
    currentRevision: { value: () => (broken ? Promise.reject(new Error("down")) : store.currentRevision()) },
    compact: { value: (revision: number) => store.compact(revision) },
  });
  const onError = (error: unknown) => errors.push(error);
  const maintenance = startMaintenance(flaky, { clock, keepRevisions: 10, intervalMs: 1_000, onError });
  context.after(() => maintenance.stop());
  assert.equal(await pass(clock, store, 0, 1_000), 0);
  assert.equal(errors.length, 1);
  broken = false;
  assert.equal(await pass(clock, store, 1, 1_000), newest - 10);
  await maintenance.stop();
  await maintenance.stop();
  assert.equal(clock.pending, 0);
});
