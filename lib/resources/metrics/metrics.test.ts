import assert from "node:assert/strict";
import { test } from "node:test";
import { printed } from "../testing/faults.ts";
import { nodeMetrics, podMetrics } from "./strategies.ts";

test("measurements are printed; those of a pod's containers together", () => {
  const usage = { cpu: "250m", memory: "64Mi" };
  assert.equal(printed(nodeMetrics, { usage, window: "10s" }, 0), "cpu=250m memory=64Mi Window=10s | ");
  const containers = [
    { name: "a", usage },
    { name: "b", usage },
  ];
  assert.equal(printed(podMetrics, { containers, window: "10s" }, 0), "cpu=500m memory=128Mi Window=10s | ");
});
