import assert from "node:assert/strict";
import { test } from "node:test";
import { SimulatedClock } from "../../../../lib/base/simulated-clock.ts";
import { StatusError } from "../../../../lib/base/status-error.ts";
import { RuntimeError } from "../runtime.ts";
import { despiteEndingShim } from "./ending-shim.ts";

/** Fails with each of `messages` in turn, then no more; answers how often it was asked. */
async function askedFor(messages: string[]): Promise<number> {
  const clock = new SimulatedClock();
  let asked = 0;
  let isDone = false;
  const done = despiteEndingShim(clock, async () => {
    const message = messages[asked++];
    if (message) throw new RuntimeError("Unavailable", message, { cause: new StatusError("InternalError", message) });
  }).finally(() => {
    isDone = true;
  });
  done.catch(() => {});
  while (!isDone) await clock.advance(100);
  await done;
  return asked;
}

const closed = "failed to kill container: ttrpc: closed: unknown";

test("containerd is asked again when a shim ended as it was asked", async () => {
  assert.equal(await askedFor([closed, closed]), 3);
});

test("anything else is told, and so is what does not pass", async () => {
  await assert.rejects(askedFor(["no space left on device"]), /no space/);
  await assert.rejects(askedFor(Array.from({ length: 50 }, () => closed)), /ttrpc: closed/);
});
