import assert from "node:assert/strict";
import { test } from "node:test";
import type { Node } from "../../../gen/typernetes/core/v1/node.ts";
import { createFaults, printed, updateFaults } from "../testing/faults.ts";
import { node as strategy } from "./strategy.ts";

const rules: readonly [Node, string[]][] = [
  [{ spec: { taints: [{ key: "a", effect: "NoSchedule" }] } }, []],
  [{ spec: { taints: [{ key: "a" }] } }, ["metadata.taints[0].effect: Required value"]],
  [
    { spec: { taints: [{ key: "a", effect: "Maybe" }] } },
    [
      'metadata.taints[0].effect: Unsupported value: "Maybe": supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"',
    ],
  ],
  [
    {
      spec: {
        taints: [
          { key: "a", effect: "NoExecute" },
          { key: "a", effect: "NoExecute" },
        ],
      },
    },
    [
      'metadata.taints[1]: Duplicate value: {"key":"a","effect":"NoExecute"}: taints must be unique by key and effect pair',
    ],
  ],
  [
    { status: { capacity: { cpu: "-1" }, allocatable: {} } },
    ['status.capacity.cpu: Invalid value: "-1": must be greater than or equal to 0'],
  ],
  [
    { spec: { podCIDRs: ["x"] } },
    ['spec.podCIDRs[0]: Invalid value: "x": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)'],
  ],
  [
    { spec: { podCIDR: "x", podCIDRs: ["10.0.0.0/24"] } },
    ['spec.podCIDRs[0]: Invalid value: "x": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)'],
  ],
  [
    { spec: { podCIDRs: ["10.0.0.0/24", "10.1.0.0/24"] } },
    [
      'spec.podCIDRs: Invalid value: ["10.0.0.0/24","10.1.0.0/24"]: may specify no more than one CIDR for each IP family',
    ],
  ],
];

for (const [node, expected] of rules)
  test(`validation of a node: ${expected[0] ?? "a plain one"}`, () => {
    assert.deepEqual(createFaults(strategy, node), expected);
  });

const updates: readonly [Node, Node, string[]][] = [
  [{ spec: { podCIDR: "10.0.0.0/24" } }, { spec: {} }, []],
  [
    { spec: { podCIDR: "10.0.1.0/24" } },
    { spec: { podCIDR: "10.0.0.0/24" } },
    ['spec.podCIDRs: Forbidden: node updates may not change podCIDR except from "" to valid'],
  ],
  [
    { spec: { providerID: "b" } },
    { spec: { providerID: "a" } },
    ['spec.providerID: Forbidden: node updates may not change providerID except from "" to valid'],
  ],
  [{ spec: { externalID: "a" } }, { spec: {} }, ["spec.externalID: Forbidden: may not be updated"]],
];

for (const [node, old, expected] of updates)
  test(`update of a node: ${expected[0] ?? "a first range of addresses"}`, () => {
    assert.deepEqual(updateFaults(strategy, node, old), expected);
  });

test("a node is printed", () => {
  const node: Node = {
    metadata: {
      name: "a",
      creationTimestamp: "2025-01-01T00:00:00Z",
      labels: { "node-role.kubernetes.io/worker": "", "kubernetes.io/role": "edge" },
    },
    spec: { unschedulable: true },
    status: {
      conditions: [{ type: "Ready", status: "True" }],
      addresses: [{ type: "InternalIP", address: "10.0.0.1" }],
      nodeInfo: { kubeletVersion: "v1.34.0", osImage: "Debian" },
    },
  };
  assert.equal(
    printed(strategy, node, Date.parse("2025-01-01T01:00:00Z")),
    "Status=Ready,SchedulingDisabled Roles=edge,worker Age=60m Version=v1.34.0 | Internal-IP=10.0.0.1 External-IP=<none> OS-Image=Debian Kernel-Version=<unknown> Container-Runtime=<unknown>",
  );
  assert.equal(strategy.selectableFields["spec.unschedulable"]?.(node), "true");
});
