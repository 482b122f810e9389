import assert from "node:assert/strict";
import { test } from "node:test";
import type { ResourceRequirements } from "../../../gen/typernetes/core/v1/pod.ts";
import { containerLimits, podLimits } from "./resource-limits.ts";

const table: [ResourceRequirements | undefined, ReturnType<typeof containerLimits>][] = [
  [undefined, { cpuShares: 2, cpuLimit: undefined, memoryLimitBytes: undefined, hugePages: {} }],
  [{ requests: { cpu: "500m" } }, { cpuShares: 512, cpuLimit: undefined, memoryLimitBytes: undefined, hugePages: {} }],
  [{ limits: { cpu: "2" } }, { cpuShares: 2048, cpuLimit: 2, memoryLimitBytes: undefined, hugePages: {} }],
  [
    { limits: { cpu: "1500m" }, requests: { cpu: "1m" } },
    { cpuShares: 2, cpuLimit: 1.5, memoryLimitBytes: undefined, hugePages: {} },
  ],
  [{ limits: { memory: "64Mi" } }, { cpuShares: 2, cpuLimit: undefined, memoryLimitBytes: 67_108_864, hugePages: {} }],
  [
    { limits: { cpu: "0", memory: "0" } },
    { cpuShares: 2, cpuLimit: undefined, memoryLimitBytes: undefined, hugePages: {} },
  ],
];

for (const [resources, limits] of table)
  test(`limits of a container: ${JSON.stringify(resources)}`, () =>
    assert.deepEqual(containerLimits(resources), limits));

const limited = (cpu: string, memory: string) => ({ resources: { limits: { cpu, memory } } });

test("limits of a pod are sums, where every container has one; a larger init container counts", () => {
  const containers = [limited("1", "1Gi"), limited("500m", "1Gi")];
  const both = podLimits({ spec: { containers } });
  assert.deepEqual(both, { cpuShares: 1536, cpuLimit: 1.5, memoryLimitBytes: 2 * 2 ** 30, hugePages: {} });
  assert.equal(podLimits({ spec: { containers: [...containers, {}] } }).cpuLimit, undefined);
  const larger = podLimits({ spec: { containers, initContainers: [limited("4", "1Gi")] } });
  assert.deepEqual([larger.cpuLimit, larger.memoryLimitBytes], [4, 2 * 2 ** 30]);
  assert.equal(podLimits({ spec: { containers, initContainers: [{}] } }).memoryLimitBytes, undefined);
});

test("huge pages are limited by size, those of a pod by all its containers", () => {
  const pages = (limits: Record<string, string>) => ({ resources: { limits } });
  const large = pages({ "hugepages-2Mi": "4Mi", "hugepages-1Gi": "1Gi" });
  const containers = [large, pages({ "hugepages-2Mi": "2Mi" }), {}];
  assert.deepEqual(containerLimits(large.resources).hugePages, { "2MB": 4 * 2 ** 20, "1GB": 2 ** 30 });
  assert.deepEqual(podLimits({ spec: { containers } }).hugePages, { "2MB": 6 * 2 ** 20, "1GB": 2 ** 30 });
  assert.deepEqual(containerLimits({ limits: { "hugepages-64Ki": "64Ki" } }).hugePages, { "64KB": 65_536 });
});
