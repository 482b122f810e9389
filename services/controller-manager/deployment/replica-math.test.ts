import assert from "node:assert/strict";
import { test } from "node:test";
import { maxReplicas, rolloutBounds } from "./replica-math.ts";

const cases: [replicas: number, surge: number | string, unavailable: number | string, expected: [number, number]][] = [
  [10, "25%", "25%", [3, 2]],
  [4, 1, 0, [1, 0]],
  [4, 0, 0, [0, 1]],
  [3, "0%", "25%", [0, 1]],
  [2, 1, 5, [1, 2]],
  [0, "25%", "25%", [0, 0]],
];

for (const [replicas, maxSurge, maxUnavailable, [surge, unavailable]] of cases) {
  test(`${replicas} replicas with ${maxSurge} and ${maxUnavailable}: ${surge} above, ${unavailable} below`, () => {
    const deployment = { spec: { replicas, strategy: { rollingUpdate: { maxSurge, maxUnavailable } } } };
    assert.deepEqual(rolloutBounds(deployment), { maxSurge: surge, maxUnavailable: unavailable });
    assert.equal(maxReplicas(deployment), replicas + surge);
  });
}

test("Recreate has no room either way", () => {
  const deployment = { spec: { replicas: 3, strategy: { type: "Recreate" } } };
  assert.deepEqual(rolloutBounds(deployment), { maxSurge: 0, maxUnavailable: 0 });
});
