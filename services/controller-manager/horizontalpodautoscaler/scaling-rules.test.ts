import assert from "node:assert/strict";
import { test } from "node:test";
import type { HorizontalPodAutoscalerSpec } from "../../../gen/typernetes/autoscaling/v2/horizontal_pod_autoscaler.ts";
import { ScalingHistory, tolerancesOf } from "./scaling-rules.ts";

function limited(
  history: ScalingHistory,
  spec: HorizontalPodAutoscalerSpec,
  current: number,
  wished: number,
  atMs: number,
) {
  const autoscaler = { spec: { minReplicas: 1, maxReplicas: 100, ...spec } };
  const { replicas, ability, limit } = history.limit(autoscaler, current, wished, atMs);
  return [replicas, ability.reason, limit?.reason];
}

test("without rules it grows by four or to the double in 15 s, and shrinks only after five minutes", () => {
  const history = new ScalingHistory();
  history.begin(1, 0);
  assert.deepEqual(limited(history, {}, 1, 50, 0), [5, "ReadyForNewScale", "ScaleUpLimit"]);
  history.scaled(1, 5, 0);
  assert.deepEqual(limited(history, {}, 5, 50, 10_000), [5, "ReadyForNewScale", "ScaleUpLimit"]);
  assert.deepEqual(limited(history, {}, 5, 50, 20_000), [10, "ReadyForNewScale", "ScaleUpLimit"]);
  history.scaled(5, 10, 20_000);
  assert.deepEqual(limited(history, {}, 10, 2, 40_000), [10, "ScaleDownStabilized", undefined]);
  assert.deepEqual(limited(history, {}, 10, 2, 400_000), [2, "ReadyForNewScale", undefined]);
});

test("the number stays within what the autoscaler allows", () => {
  assert.deepEqual(limited(new ScalingHistory(), { maxReplicas: 3 }, 2, 9, 0), [
    3,
    "ReadyForNewScale",
    "TooManyReplicas",
  ]);
  const behavior = { scaleDown: { stabilizationWindowSeconds: 0 } };
  assert.deepEqual(limited(new ScalingHistory(), { minReplicas: 2, behavior }, 4, 1, 0), [
    2,
    "ReadyForNewScale",
    "TooFewReplicas",
  ]);
});

test("rules say how fast, the strictest or the laxest, or not at all", () => {
  const policies = [
    { type: "Pods", value: 1, periodSeconds: 60 },
    { type: "Percent", value: 50, periodSeconds: 60 },
  ];
  const down = (selectPolicy: string) => ({
    behavior: { scaleDown: { stabilizationWindowSeconds: 0, policies, selectPolicy } },
  });
  const up = (selectPolicy: string) => ({ behavior: { scaleUp: { policies, selectPolicy } } });
  assert.deepEqual(limited(new ScalingHistory(), down("Max"), 10, 1, 0), [5, "ReadyForNewScale", "ScaleDownLimit"]);
  assert.deepEqual(limited(new ScalingHistory(), down("Min"), 10, 1, 0), [9, "ReadyForNewScale", "ScaleDownLimit"]);
  assert.deepEqual(limited(new ScalingHistory(), down("Disabled"), 10, 1, 0), [
    10,
    "ReadyForNewScale",
    "ScaleDownLimit",
  ]);
  assert.deepEqual(limited(new ScalingHistory(), up("Max"), 10, 99, 0), [15, "ReadyForNewScale", "ScaleUpLimit"]);
  assert.deepEqual(limited(new ScalingHistory(), up("Min"), 10, 99, 0), [11, "ReadyForNewScale", "ScaleUpLimit"]);
});

test("growth may wait, too", () => {
  const history = new ScalingHistory();
  const spec = { behavior: { scaleUp: { stabilizationWindowSeconds: 60 } } };
  history.begin(2, 0);
  assert.deepEqual(limited(history, spec, 2, 4, 30_000), [2, "ScaleUpStabilized", undefined]);
  assert.deepEqual(limited(history, spec, 2, 4, 70_000), [4, "ReadyForNewScale", undefined]);
});

test("the tolerance is a tenth unless the rules say otherwise", () => {
  const behavior = { scaleUp: { tolerance: "50m" } };
  assert.deepEqual(tolerancesOf({ spec: { behavior } }), { up: 0.05, down: 0.1 });
});
