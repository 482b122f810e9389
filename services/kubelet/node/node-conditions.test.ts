import assert from "node:assert/strict";
import { test } from "node:test";
import type { PressureCondition } from "../eviction/signals.ts";
import { nodeConditions } from "./node-conditions.ts";

const nowMs = Date.parse("2026-01-01T00:00:00Z");

const table: [what: string, pressures: PressureCondition[], problem: string | undefined, states: string[]][] = [
  ["plenty", [], undefined, ["False", "False", "False", "True"]],
  ["little memory", ["MemoryPressure"], undefined, ["True", "False", "False", "True"]],
  ["a full disk", ["DiskPressure"], undefined, ["False", "True", "False", "True"]],
  ["too many processes", ["PIDPressure"], undefined, ["False", "False", "True", "True"]],
  ["a runtime that is away", [], "no Docker", ["False", "False", "False", "False"]],
];

for (const [what, pressures, problem, states] of table) {
  test(`conditions of a node: ${what}`, () => {
    const conditions = nodeConditions([], pressures, problem, nowMs);
    assert.deepEqual(
      conditions.map(({ type }) => type),
      ["MemoryPressure", "DiskPressure", "PIDPressure", "Ready"],
    );
    assert.deepEqual(
      conditions.map(({ status }) => status),
      states,
    );
    if (problem) assert.equal(conditions[3]?.message, problem);
  });
}

test("a condition keeps its time while it stays", () => {
  const first = nodeConditions([], [], undefined, nowMs);
  const second = nodeConditions(first, [], "away", nowMs + 60_000);
  assert.deepEqual(
    second.map(({ lastTransitionTime }) => lastTransitionTime),
    [...["2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z"], "2026-01-01T00:01:00Z"],
  );
  assert.equal(second[0]?.lastHeartbeatTime, "2026-01-01T00:01:00Z");
});
