import assert from "node:assert/strict";
import { test } from "node:test";
import { defaultConfiguration } from "../configuration/kubelet-configuration.ts";
import type { Measurements } from "./machine.ts";
import { PressureState } from "./pressure-state.ts";
import { thresholdsOf } from "./thresholds.ts";

const Mi = 2 ** 20;
const minute = 60_000;
const memory = (available: number): Measurements => ({ "memory.available": { available, capacity: 1000 * Mi } });

function stateOf(settings: Partial<typeof defaultConfiguration>, transitionMs = 5 * minute): PressureState {
  return new PressureState(thresholdsOf({ ...defaultConfiguration, evictionHard: {}, ...settings }), transitionMs);
}

test("a hard threshold counts at once, and its condition outlives it by the transition period", () => {
  const state = stateOf({ evictionHard: { "memory.available": "100Mi" } });
  assert.deepEqual(state.update(memory(100 * Mi), 0), []);
  assert.deepEqual(state.conditions, []);
  assert.equal(state.update(memory(99 * Mi), 1000).length, 1);
  assert.deepEqual(state.conditions, ["MemoryPressure"]);
  assert.deepEqual(state.update(memory(200 * Mi), 2000), []);
  assert.deepEqual(state.conditions, ["MemoryPressure"]);
  state.update(memory(200 * Mi), 1000 + 5 * minute);
  assert.deepEqual(state.conditions, []);
});

test("a soft threshold shows at once, and counts after its grace period", () => {
  const soft = {
    evictionSoft: { "memory.available": "30%" },
    evictionSoftGracePeriod: { "memory.available": "1m30s" },
  };
  const state = stateOf(soft);
  assert.deepEqual(state.update(memory(299 * Mi), 0), []);
  assert.deepEqual(state.conditions, ["MemoryPressure"]);
  assert.deepEqual(state.update(memory(299 * Mi), 1.4 * minute), []);
  assert.equal(state.update(memory(299 * Mi), 1.5 * minute).length, 1);
  state.update(memory(300 * Mi), 1.6 * minute);
  assert.deepEqual(state.update(memory(299 * Mi), 1.7 * minute), [], "the period begins anew");
});

test("what was low stays so until the minimum is free", () => {
  const state = stateOf({
    evictionHard: { "memory.available": "100Mi" },
    evictionMinimumReclaim: { "memory.available": "50Mi" },
  });
  assert.equal(state.update(memory(120 * Mi), 0).length, 0);
  assert.equal(state.update(memory(90 * Mi), 1).length, 1);
  assert.equal(state.update(memory(149 * Mi), 2).length, 1);
  assert.equal(state.update(memory(150 * Mi), 3).length, 0);
});

test("memory goes before the disk, and what cannot be measured is not short", () => {
  const state = stateOf({
    evictionHard: { "nodefs.available": "10%", "pid.available": "5", "memory.available": "1Gi" },
  });
  const measured = { ...memory(Mi), "nodefs.available": { available: 9, capacity: 100 } };
  const due = state.update(measured, 0).map(({ signal }) => signal);
  assert.deepEqual(due, ["memory.available", "nodefs.available"]);
  assert.deepEqual(new Set(state.conditions), new Set(["DiskPressure", "MemoryPressure"]));
});

const faults: [what: string, settings: Partial<typeof defaultConfiguration>, message: RegExp][] = [
  [
    "an unknown signal",
    { evictionHard: { "memory.free": "1Mi" } },
    /evictionHard names an unknown signal: memory.free/,
  ],
  ["more than everything", { evictionHard: { "memory.available": "101%" } }, /must be at most 100%/],
  [
    "a soft threshold without its time",
    { evictionSoft: { "memory.available": "1Mi" } },
    /evictionSoftGracePeriod of memory/,
  ],
];
for (const [what, settings, message] of faults) {
  test(`thresholds are refused: ${what}`, () => assert.throws(() => stateOf(settings), { message }));
}
