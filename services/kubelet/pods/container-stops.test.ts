import assert from "node:assert/strict";
import { test } from "node:test";
import { SimulatedClock } from "../../../lib/base/simulated-clock.ts";
import { silentLogger } from "../../../lib/observe/logger.ts";
import { ContainerStops } from "./container-stops.ts";

function newStops() {
  const clock = new SimulatedClock();
  const asked: { id: string; grace: number; end: () => void; fail: () => void }[] = [];
  const runtime = {
    stopContainer: (id: string, grace: number) =>
      new Promise<void>((resolve, reject) =>
        asked.push({ id, grace, end: resolve, fail: () => reject(new Error("no")) }),
      ),
  };
  let ends = 0;
  const stops = new ContainerStops({ clock, runtime, logger: silentLogger }, () => ends++);
  return { clock, asked, stops, ends: () => ends };
}

test("a stop is asked once, however often the pod is looked at, and its end is told", async () => {
  const { clock, asked, stops, ends } = newStops();
  assert.equal(stops.stop("c", 30), true);
  await clock.advance(10_000);
  assert.equal(stops.stop("c", 30), false);
  assert.equal(asked.length, 1);
  asked[0]?.end();
  await clock.advance(0);
  assert.deepEqual([stops.isStopping("c"), ends()], [false, 1]);
});

test("a shorter grace period cuts a longer one short", async () => {
  const { clock, asked, stops } = newStops();
  stops.stop("c", 30);
  await clock.advance(5_000);
  assert.equal(stops.stop("c", 1), false);
  assert.deepEqual(
    asked.map(({ grace }) => grace),
    [30, 1],
  );
});

test("a grace period that is told anew, in whole seconds, cuts nothing short", async () => {
  const { clock, asked, stops } = newStops();
  let wasCut = false;
  stops.stop("c", 4, async (signal) => {
    await clock.sleep(2_000, signal).catch(() => {});
    wasCut = signal.aborted;
  });
  await clock.advance(700);
  stops.stop("c", 3);
  await clock.advance(2_000);
  assert.equal(wasCut, false);
  assert.deepEqual(
    asked.map(({ grace }) => grace),
    [2],
  );
});

test("a stop that fails may be tried again after a pause that grows", async () => {
  const { clock, asked, stops, ends } = newStops();
  stops.stop("c", 1);
  asked[0]?.fail();
  await clock.advance(499);
  assert.deepEqual([stops.isStopping("c"), ends()], [true, 0]);
  await clock.advance(1);
  assert.deepEqual([stops.isStopping("c"), ends()], [false, 1]);
  stops.stop("c", 1);
  asked[1]?.fail();
  await clock.advance(999);
  assert.equal(ends(), 1);
  await clock.advance(1);
  assert.equal(ends(), 2);
});

test("what is to be done before a stop takes its time out of the grace, and two seconds are left in any case", async () => {
  const { clock, asked, stops } = newStops();
  const lasting = (ms: number) => (signal: AbortSignal) => clock.sleep(ms, signal).catch(() => {});
  stops.stop("quick", 30, lasting(10_000));
  stops.stop("endless", 30, lasting(1_000_000));
  await clock.advance(9_999);
  assert.deepEqual(asked, []);
  await clock.advance(20_001);
  await clock.advance(0);
  assert.deepEqual(
    asked.map(({ id, grace }) => [id, grace]),
    [
      ["quick", 20],
      ["endless", 2],
    ],
  );
});

test("a grace that is cut short ends also what is done before", async () => {
  const { clock, asked, stops } = newStops();
  let wasCut = false;
  stops.stop("c", 30, async (signal) => {
    await clock.sleep(20_000, signal).catch(() => {});
    wasCut = signal.aborted;
  });
  await clock.advance(5_000);
  stops.stop("c", 1);
  await clock.advance(0);
  assert.deepEqual([wasCut, asked[0]?.grace], [true, 1]);
});
