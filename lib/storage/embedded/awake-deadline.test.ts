import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { withAwakeDeadline } from "./awake-deadline.ts";

test("work that never ends is given up", async () => {
  await assert.rejects(withAwakeDeadline(new Promise(() => {}), 3, 10), { message: /within 30 ms/ });
});

test("a process that was stopped for longer than the deadline still hears that the work is done", async () => {
  // Done within two turns of the event loop: not before timers are looked at.
  const work = turn().then(() => turn());
  const waiting = withAwakeDeadline(work, 3, 100);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_000);
  await waiting;
});
