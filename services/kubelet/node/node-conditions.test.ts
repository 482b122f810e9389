import assert from "node:assert/strict";
import { test } from "node:test";
import { nodeConditions } from "./node-conditions.ts";

const GiB = 2 ** 30;
const plenty = { memoryAvailableBytes: 4 * GiB, diskAvailableBytes: 50 * GiB, diskBytes: 100 * GiB };
const nowMs = Date.parse("2026-01-01T00:00:00Z");

const table: [what: string, pressure: Partial<typeof plenty>, problem: string | undefined, states: string[]][] = [
  ["plenty", {}, undefined, ["False", "False", "False", "True"]],
  ["little memory", { memoryAvailableBytes: 50 * 2 ** 20 }, undefined, ["True", "False", "False", "True"]],
  ["a full disk", { diskAvailableBytes: GiB }, undefined, ["False", "True", "False", "True"]],
  ["a large disk, nearly full", { diskAvailableBytes: 9 * GiB }, undefined, ["False", "False", "False", "True"]],
  [
    "a small disk with room",
    { diskAvailableBytes: GiB, diskBytes: 4 * GiB },
    undefined,
    ["False", "False", "False", "True"],
  ],
  ["a runtime that is away", {}, "no Docker", ["False", "False", "False", "False"]],
];

for (const [what, pressure, problem, states] of table) {
  test(`conditions of a node: ${what}`, () => {
    const conditions = nodeConditions([], { ...plenty, ...pressure }, problem, nowMs);
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
  const first = nodeConditions([], plenty, undefined, nowMs);
  const second = nodeConditions(first, plenty, "away", nowMs + 60_000);
  assert.deepEqual(
    second.map(({ lastTransitionTime }) => lastTransitionTime),
    [...["2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z"], "2026-01-01T00:01:00Z"],
  );
  assert.equal(second[0]?.lastHeartbeatTime, "2026-01-01T00:01:00Z");
});
