import assert from "node:assert/strict";
import { test } from "node:test";
import { signalNumber } from "./signal-number.ts";

test("signals are known by name, with and without their beginning, by number, and by their place among the nameless", () => {
  const signals = ["SIGQUIT", "QUIT", "12", "SIGRTMIN", "SIGRTMIN+3", "SIGRTMAX-1", "NOTHING"];
  assert.deepEqual(signals.map(signalNumber), [3, 3, 12, 34, 37, 63, 15]);
});
