import assert from "node:assert/strict";
import { test } from "node:test";
import type { ResourceQuotaSpec } from "../../../gen/typernetes/core/v1/resource_quota.ts";
import { createFaults, printed, updateFaults } from "../testing/faults.ts";
import { resourceQuota as strategy } from "./strategy.ts";

const selector = "spec.scopeSelector.matchExpressions";
const rules: readonly [ResourceQuotaSpec, string[]][] = [
  [{ hard: { pods: "1", "requests.cpu": "1", "count/jobs.batch": "2", "requests.hugepages-2Mi": "2Mi" } }, []],
  [{ hard: { gold: "1" } }, ['spec.hard[gold]: Invalid value: "gold": must be a standard resource for quota']],
  [{ hard: { cpu: "-1" } }, ['spec.hard[cpu]: Invalid value: "-1": must be greater than or equal to 0']],
  [{ hard: { pods: "1500m" } }, ['spec.hard[pods]: Invalid value: "1500m": must be an integer']],
  [{ scopes: ["Any"] }, ['spec.scopes: Invalid value: ["Any"]: unsupported scope']],
  [
    { scopes: ["BestEffort"], hard: { cpu: "1" } },
    ['spec.scopes: Invalid value: ["BestEffort"]: unsupported scope applied to resource'],
  ],
  [
    { scopes: ["Terminating", "NotTerminating"] },
    ['spec.scopes: Invalid value: ["Terminating","NotTerminating"]: conflicting scopes'],
  ],
  [
    { scopeSelector: { matchExpressions: [{ scopeName: "PriorityClass", operator: "In" }] } },
    [
      `${selector}.values: Required value: must be at least one value when \`operator\` is 'In' or 'NotIn' for scope selector`,
    ],
  ],
  [
    { scopeSelector: { matchExpressions: [{ scopeName: "PriorityClass", operator: "Exists", values: ["a"] }] } },
    [
      `${selector}.values: Invalid value: ["a"]: must be no value when \`operator\` is 'Exist' or 'DoesNotExist' for scope selector`,
    ],
  ],
  [
    { scopeSelector: { matchExpressions: [{ scopeName: "PriorityClass", operator: "Any" }] } },
    [`${selector}.operator: Invalid value: "Any": not a valid selector operator`],
  ],
];

for (const [spec, expected] of rules)
  test(`validation of a quota: ${expected[0] ?? "a plain one"}`, () => {
    assert.deepEqual(createFaults(strategy, { spec }), expected);
  });

test("the scopes of a quota stay, in any order", () => {
  const old = { spec: { scopes: ["NotBestEffort", "Terminating"] } };
  assert.deepEqual(updateFaults(strategy, { spec: { scopes: ["Terminating", "NotBestEffort"] } }, old), []);
  assert.deepEqual(updateFaults(strategy, { spec: { scopes: ["Terminating"] } }, old), [
    'spec.scopes: Invalid value: ["Terminating"]: field is immutable',
  ]);
});

test("a quota is printed, limits apart", () => {
  const status = { hard: { pods: "2", "limits.cpu": "1", cpu: "3" }, used: { pods: "1", "limits.cpu": "500m" } };
  const metadata = { creationTimestamp: "2025-01-01T00:00:00Z" };
  assert.equal(
    printed(strategy, { metadata, status }, Date.parse("2025-01-01T00:00:09Z")),
    "Request=cpu: 0/3, pods: 1/2 Limit=limits.cpu: 500m/1 Age=9s | ",
  );
});
