import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { SimulatedClock } from "../base/simulated-clock.ts";
import { WorkQueue } from "./work-queue.ts";

describe("a work queue", () => {
  const make = (settings = {}) => {
    const clock = new SimulatedClock();
    return { clock, queue: new WorkQueue({ clock, ...settings }) };
  };

  test("hands keys out in order, each once", async () => {
    const { queue } = make();
    for (const key of ["a", "b", "a", "c", "b"]) queue.add(key);
    assert.equal(queue.size, 3);
    assert.deepEqual([await queue.get(), await queue.get(), await queue.get()], ["a", "b", "c"]);
  });

  test("wakes who waits for a key", async () => {
    const { queue } = make();
    const waiting = Promise.all([queue.get(), queue.get()]);
    queue.add("a");
    queue.add("b");
    assert.deepEqual(await waiting, ["a", "b"]);
  });

  test("does not hand out a key that is worked on, but remembers that it was added", async () => {
    const { queue } = make();
    queue.add("a");
    assert.equal(await queue.get(), "a");
    queue.add("a");
    queue.add("a");
    assert.equal(queue.size, 0);
    queue.done("a");
    assert.equal(queue.size, 1);
    assert.equal(await queue.get(), "a");
    queue.done("a");
    assert.equal(queue.size, 0);
  });

  test("adds after a delay; of several the shortest counts", async () => {
    const { queue, clock } = make();
    queue.addAfter("a", 5_000);
    queue.addAfter("a", 1_000);
    queue.addAfter("a", 9_000);
    await clock.advance(999);
    assert.equal(queue.size, 0);
    await clock.advance(1);
    assert.equal(await queue.get(), "a");
    queue.done("a");
    await clock.advance(60_000);
    assert.equal(queue.size, 0);
  });

  test("retries with delays that double from 5 ms to 1000 s, until the key is forgotten", () => {
    const { queue } = make({ retryBurst: 1_000 });
    const delays = Array.from({ length: 20 }, () => queue.retry("a"));
    assert.deepEqual(delays.slice(0, 4), [5, 10, 20, 40]);
    assert.deepEqual(delays.slice(-2), [1_000_000, 1_000_000]);
    assert.equal(queue.failures("a"), 20);
    queue.forget("a");
    assert.equal(queue.retry("a"), 5);
  });

  test("limits the retries of all keys together", () => {
    const { queue } = make();
    const delays = Array.from({ length: 120 }, (_, i) => queue.retry(`key-${i}`));
    assert.ok(delays.slice(0, 100).every((delay) => delay === 5));
    assert.equal(Math.round(delays[119] ?? 0), 2_000);
  });

  test("gives nothing out once it is closed", async () => {
    const { queue, clock } = make();
    const waiting = queue.get();
    queue.addAfter("later", 10);
    queue.close();
    queue.add("a");
    assert.equal(await waiting, undefined);
    assert.equal(await queue.get(), undefined);
    assert.equal(clock.pending, 0);
  });

  test("tells its observer how long keys waited and were worked on", async () => {
    const seen: string[] = [];
    const { queue, clock } = make({
      observer: {
        added: (depth: number) => seen.push(`added ${depth}`),
        taken: (depth: number, ms: number) => seen.push(`taken ${depth} after ${ms}`),
        done: (ms: number) => seen.push(`done after ${ms}`),
        retried: () => seen.push("retried"),
      },
    });
    queue.add("a");
    await clock.advance(30);
    await queue.get();
    await clock.advance(20);
    queue.done("a");
    queue.retry("a");
    assert.deepEqual(seen, ["added 1", "taken 0 after 30", "done after 20", "retried"]);
  });
});
