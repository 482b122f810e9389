import assert from "node:assert/strict";
import { test } from "node:test";
import type { Node } from "../../../gen/typernetes/core/v1/node.ts";
import { SimulatedClock } from "../../../lib/base/simulated-clock.ts";
import { EvictionGate } from "./eviction-gate.ts";

function nodes(count: number, zone = "z"): Node[] {
  const labels = { "topology.kubernetes.io/zone": zone };
  return Array.from({ length: count }, (_, index) => ({ metadata: { name: `${zone}-${index}`, labels } }));
}

/** Verdicts, at one moment, on the first `lost` of the nodes. */
function verdicts(all: Node[], lost: number): string[] {
  const gate = new EvictionGate(new SimulatedClock());
  const gone = new Set(all.slice(0, lost));
  return [...gone].map((node) => gate.judge(node, all, (other) => !gone.has(other)));
}

test("one of few lost nodes is evicted at a time", () => {
  assert.deepEqual(verdicts(nodes(10), 2), ["evict", "wait"]);
});

test("when the greater part of a small zone is lost nobody is evicted", () => {
  assert.deepEqual(verdicts(nodes(5), 3), ["wait", "wait", "wait"]);
});

test("when the greater part of a large zone is lost eviction goes slowly", async () => {
  const clock = new SimulatedClock();
  const gate = new EvictionGate(clock);
  const all = nodes(60);
  const gone = new Set(all.slice(0, 40));
  const judge = (index: number) => gate.judge(all[index] ?? {}, all, (other) => !gone.has(other));
  assert.equal(judge(0), "evict");
  await clock.advance(20_000);
  assert.equal(judge(1), "wait");
  await clock.advance(81_000);
  assert.equal(judge(1), "evict");
});

test("a lost zone is evicted while another is well, each zone at its own pace", () => {
  const all = [...nodes(1, "a"), ...nodes(1, "b"), ...nodes(1, "c")];
  assert.deepEqual(verdicts(all, 2), ["evict", "evict"]);
});

test("when all are lost they are spared", () => {
  assert.deepEqual(verdicts(nodes(2), 2), ["spare", "spare"]);
});
