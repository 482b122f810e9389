import assert from "node:assert/strict";
import { test } from "node:test";
import type { PodSpec } from "../../../gen/typernetes/core/v1/pod.ts";
import { podLimits, podRequests } from "./pod-requests.ts";
import { computeQosClass } from "./qos-class.ts";

const asks = (cpu: string, memory: string) => ({ requests: { cpu, memory } });

const sums: readonly [string, PodSpec, Record<string, number>][] = [
  ["nothing asked for", { containers: [{}] }, {}],
  [
    "containers together",
    { containers: [{ resources: asks("100m", "1Mi") }, { resources: asks("1", "1k") }] },
    { cpu: 1100, memory: 1_049_576 },
  ],
  [
    "a greedy init container",
    {
      containers: [{ resources: asks("100m", "10") }],
      initContainers: [{ resources: asks("500m", "5") }, { resources: asks("300m", "5") }],
    },
    { cpu: 500, memory: 10 },
  ],
  [
    "a sidecar beside the containers",
    {
      containers: [{ resources: asks("100m", "10") }],
      initContainers: [{ restartPolicy: "Always", resources: asks("200m", "1") }],
    },
    { cpu: 300, memory: 11 },
  ],
  [
    "an init container beside a sidecar started before it",
    {
      containers: [{ resources: asks("100m", "10") }],
      initContainers: [{ restartPolicy: "Always", resources: asks("200m", "1") }, { resources: asks("300m", "1") }],
    },
    { cpu: 500, memory: 11 },
  ],
  [
    "an init container before the sidecar",
    {
      containers: [{ resources: asks("100m", "10") }],
      initContainers: [{ resources: asks("350m", "1") }, { restartPolicy: "Always", resources: asks("200m", "1") }],
    },
    { cpu: 350, memory: 11 },
  ],
  ["overhead", { containers: [{ resources: asks("100m", "10") }], overhead: { cpu: "50m" } }, { cpu: 150, memory: 10 }],
  [
    "the pod's own word",
    { containers: [{ resources: asks("100m", "10") }], resources: { requests: { cpu: "2" } } },
    { cpu: 2000, memory: 10 },
  ],
];

for (const [name, spec, expected] of sums)
  test(`requests of a pod: ${name}`, () => assert.deepEqual(podRequests({ spec }), expected));

test("overhead counts for a limit only where there is one", () => {
  const spec = { containers: [{ resources: { limits: { cpu: "1" } } }], overhead: { cpu: "100m", memory: "1Mi" } };
  assert.deepEqual(podLimits({ spec }), { cpu: 1100 });
});

const full = { requests: { cpu: "1", memory: "1Gi" }, limits: { cpu: "1000m", memory: "1024Mi" } };
const classes: readonly [PodSpec, string][] = [
  [{ containers: [{}] }, "BestEffort"],
  [{ containers: [{ resources: { requests: { "example.com/gpu": "1" } } }] }, "BestEffort"],
  [{ containers: [{ resources: full }] }, "Guaranteed"],
  [{ containers: [{ resources: full }], initContainers: [{}] }, "Burstable"],
  [{ containers: [{ resources: asks("1", "1Gi") }] }, "Burstable"],
  [{ containers: [{ resources: { ...full, requests: { cpu: "1", memory: "1Mi" } } }] }, "Burstable"],
  [{ containers: [{}], resources: full }, "Guaranteed"],
];

for (const [index, [spec, expected]] of classes.entries())
  test(`class of service ${index}: ${expected}`, () => assert.equal(computeQosClass({ spec }), expected));
