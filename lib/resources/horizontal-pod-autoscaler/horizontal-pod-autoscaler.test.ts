import assert from "node:assert/strict";
import { test } from "node:test";
import type {
  HorizontalPodAutoscaler,
  HorizontalPodAutoscalerSpec,
} from "../../../gen/typernetes/autoscaling/v2/horizontal_pod_autoscaler.ts";
import { createFaults, printed } from "../testing/faults.ts";
import { horizontalPodAutoscalerV1, horizontalPodAutoscaler as strategy } from "./strategy.ts";

const scaleTargetRef = { kind: "Deployment", name: "web" };

function newAutoscaler(spec: HorizontalPodAutoscalerSpec = {}): HorizontalPodAutoscaler {
  return {
    metadata: { name: "web", creationTimestamp: "2025-01-01T00:00:00Z" },
    spec: { scaleTargetRef, maxReplicas: 3, ...structuredClone(spec) },
  };
}

test("an autoscaler watches the processor and scales as fast as may be, unless told otherwise", () => {
  const object = newAutoscaler({ behavior: { scaleDown: { selectPolicy: "Min" } } });
  strategy.defaults?.(object);
  assert.deepEqual(object.spec, {
    scaleTargetRef,
    maxReplicas: 3,
    minReplicas: 1,
    metrics: [{ type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 80 } } }],
    behavior: {
      scaleUp: {
        selectPolicy: "Max",
        stabilizationWindowSeconds: 0,
        policies: [
          { type: "Pods", value: 4, periodSeconds: 15 },
          { type: "Percent", value: 100, periodSeconds: 15 },
        ],
      },
      scaleDown: { selectPolicy: "Min", policies: [{ type: "Percent", value: 100, periodSeconds: 15 }] },
    },
  });
});

const metric = "spec.metrics[0]";
const rules: readonly [HorizontalPodAutoscalerSpec, string[]][] = [
  [{}, []],
  [{ minReplicas: 0 }, ["spec.minReplicas: Invalid value: 0: must be greater than or equal to 1"]],
  [
    { maxReplicas: 0 },
    [
      "spec.maxReplicas: Invalid value: 0: must be greater than 0",
      "spec.maxReplicas: Invalid value: 0: must be greater than or equal to `minReplicas`",
    ],
  ],
  [
    { scaleTargetRef: { name: "a/b" } },
    [
      "spec.scaleTargetRef.kind: Required value",
      "spec.scaleTargetRef.name: Invalid value: \"a/b\": may not contain '/'",
    ],
  ],
  [
    { metrics: [{}] },
    [
      `${metric}.type: Required value: must specify a metric source type`,
      `${metric}.type: Unsupported value: "": supported values: "ContainerResource", "External", "Object", "Pods", "Resource"`,
      `${metric}.: Required value: must populate information for the given metric source`,
    ],
  ],
  [
    {
      metrics: [{ type: "Resource", resource: { target: { type: "Any", averageValue: "0", averageUtilization: 0 } } }],
    },
    [
      `${metric}.resource.name: Required value: must specify a resource name`,
      `${metric}.resource.target.type: Invalid value: "Any": must be either Utilization, Value, or AverageValue`,
      `${metric}.resource.target.averageValue: Invalid value: "0": must be positive`,
      `${metric}.resource.target.averageUtilization: Invalid value: 0: must be greater than 0`,
      `${metric}.resource.target.averageValue: Forbidden: may not set both a target raw value and a target utilization`,
    ],
  ],
  [
    { metrics: [{ type: "ContainerResource", containerResource: { name: "cpu", target: { type: "Value" } } }] },
    [
      `${metric}.containerResource.container: Required value: must specify a container`,
      `${metric}.containerResource.target.averageUtilization: Required value: must set either a target raw value or a target utilization`,
    ],
  ],
  [
    { metrics: [{ type: "Pods", pods: { metric: {}, target: { type: "Value" } } }] },
    [
      `${metric}.pods.metric.name: Required value: must specify a metric name`,
      `${metric}.pods.target.averageValue: Required value: must specify a positive target averageValue`,
    ],
  ],
  [
    { metrics: [{ type: "Object", object: { describedObject: { kind: "K" }, metric: { name: "m" }, target: {} } }] },
    [
      `${metric}.object.describedObject.name: Required value`,
      `${metric}.object.target.type: Required value: must specify a metric target type`,
      `${metric}.object.target.type: Invalid value: "": must be either Utilization, Value, or AverageValue`,
      `${metric}.object.target.averageValue: Required value: must set either a target value or averageValue`,
    ],
  ],
  [
    { metrics: [{ type: "External", external: { metric: { name: "m" }, target: { type: "Value" } } }] },
    [
      `${metric}.external.target.averageValue: Required value: must set either a target value for metric or a per-pod target`,
    ],
  ],
  [
    {
      metrics: [
        {
          type: "External",
          external: { metric: { name: "m" }, target: { type: "Value", value: "1", averageValue: "1" } },
          pods: {},
        },
      ],
    },
    [
      `${metric}.external.target.value: Forbidden: may not set both a target value for metric and a per-pod target`,
      `${metric}.pods: Forbidden: must populate the given metric source only`,
    ],
  ],
  [
    { behavior: { scaleUp: { stabilizationWindowSeconds: -1, selectPolicy: "Any", policies: [] } } },
    [
      "spec.behavior.scaleUp.stabilizationWindowSeconds: Invalid value: -1: must be greater than or equal to zero",
      'spec.behavior.scaleUp.selectPolicy: Unsupported value: "Any": supported values: "Disabled", "Max", "Min"',
      "spec.behavior.scaleUp.policies: Required value: must specify at least one Policy",
    ],
  ],
  [
    {
      behavior: {
        scaleDown: {
          stabilizationWindowSeconds: 3601,
          policies: [
            { type: "Any", value: 0, periodSeconds: 1801 },
            { type: "Pods", value: 1 },
          ],
        },
      },
    },
    [
      "spec.behavior.scaleDown.stabilizationWindowSeconds: Invalid value: 3601: must be less than or equal to 3600",
      'spec.behavior.scaleDown.policies[0].type: Unsupported value: "Any": supported values: "Percent", "Pods"',
      "spec.behavior.scaleDown.policies[0].value: Invalid value: 0: must be greater than zero",
      "spec.behavior.scaleDown.policies[0].periodSeconds: Invalid value: 1801: must be less than or equal to 1800",
      "spec.behavior.scaleDown.policies[1].periodSeconds: Invalid value: 0: must be greater than zero",
    ],
  ],
];

for (const [spec, expected] of rules)
  test(`validation of an autoscaler: ${expected[0] ?? "a plain one"}`, () => {
    assert.deepEqual(createFaults(strategy, newAutoscaler(spec)), expected);
  });

test("an autoscaler of version 1 is checked as the metric that it becomes", () => {
  const object = { spec: { scaleTargetRef, maxReplicas: 1, targetCPUUtilizationPercentage: -1 } };
  assert.deepEqual(createFaults(horizontalPodAutoscalerV1, object), [
    "spec.metrics[0].resource.target.averageUtilization: Invalid value: -1: must be greater than 0",
  ]);
});

test("an autoscaler is printed in both versions", () => {
  const now = Date.parse("2025-01-01T00:00:09Z");
  const object = newAutoscaler();
  strategy.defaults?.(object);
  assert.equal(
    printed(strategy, object, now),
    "Reference=Deployment/web Targets=cpu: <unknown>/80% MinPods=1 MaxPods=3 Replicas=0 Age=9s | ",
  );
  const first = { ...object, spec: { scaleTargetRef, maxReplicas: 3, targetCPUUtilizationPercentage: 50 } };
  assert.equal(
    printed(horizontalPodAutoscalerV1, { ...first, status: { currentCPUUtilizationPercentage: 10 } }, now),
    "Reference=Deployment/web Targets=cpu: 10%/50% MinPods=<unset> MaxPods=3 Replicas=0 Age=9s | ",
  );
});
