import assert from "node:assert/strict";
import { test } from "node:test";
import type { MetricSpec } from "../../../gen/typernetes/autoscaling/v2/horizontal_pod_autoscaler.ts";
import { metricFault } from "./metric-faults.ts";

const cases: readonly [MetricSpec, string, string, string][] = [
  [
    { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 50 } } },
    "FailedGetResourceMetric",
    "failed to get cpu utilization: gone",
    "failed to get cpu resource metric value: failed to get cpu utilization: gone",
  ],
  [
    { type: "Resource", resource: { name: "memory", target: { type: "AverageValue", averageValue: "1Mi" } } },
    "FailedGetResourceMetric",
    "failed to get memory usage: gone",
    "failed to get memory resource metric value: failed to get memory usage: gone",
  ],
  [
    { type: "ContainerResource", containerResource: { name: "cpu", container: "web", target: {} } },
    "FailedGetContainerResourceMetric",
    "failed to get cpu usage: gone",
    "failed to get web container metric value: failed to get cpu usage: gone",
  ],
  [
    { type: "Pods", pods: { metric: { name: "hits" } } },
    "FailedGetPodsMetric",
    "unable to get metric hits: gone",
    "failed to get pods metric value: unable to get metric hits: gone",
  ],
  [{ type: "Any" }, "InvalidMetricSourceType", 'unknown metric source type "Any"', 'unknown metric source type "Any"'],
];

for (const [spec, reason, message, detail] of cases)
  test(`why a metric has no value is told as Kubernetes does: ${message}`, () => {
    assert.deepEqual(metricFault(spec, new Error("gone")), { reason, message, detail });
  });
