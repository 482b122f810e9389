import assert from "node:assert/strict";
import { test } from "node:test";
import type { LimitRangeItem } from "../../../gen/typernetes/core/v1/limit_range.ts";
import { createFaults } from "../testing/faults.ts";
import { limitRange as strategy } from "./strategy.ts";

test("containers get the greatest limit by default and request their limit", () => {
  const item: LimitRangeItem = { type: "Container", max: { cpu: "2" }, min: { cpu: "1", memory: "1Mi" } };
  strategy.defaults?.({ spec: { limits: [item] } });
  assert.deepEqual(item.default, { cpu: "2" });
  assert.deepEqual(item.defaultRequest, { cpu: "2", memory: "1Mi" });
});

const at = "spec.limits[0]";
const rules: readonly [LimitRangeItem[], string[]][] = [
  [[{ type: "Container", max: { cpu: "1" } }], []],
  [[{ type: "Any" }], [`${at}.type: Invalid value: "Any": must be a standard limit type or fully qualified`]],
  [[{ type: "Pod" }, { type: "Pod" }], ['spec.limits[1].type: Duplicate value: "Pod"']],
  [[{ type: "Pod", default: { cpu: "1" } }], [`${at}.default: Forbidden: may not be specified when \`type\` is 'Pod'`]],
  [
    [{ type: "PersistentVolumeClaim" }],
    [`${at}.limits: Required value: either minimum or maximum storage value is required, but neither was provided`],
  ],
  [
    [{ type: "Pod", max: { storage: "1" } }],
    [`${at}.max[storage]: Invalid value: "storage": must be a standard resource for containers`],
  ],
  [
    [{ type: "Pod", min: { cpu: "2" }, max: { cpu: "1" } }],
    [`${at}.min[cpu]: Invalid value: "2": min value 2 is greater than max value 1`],
  ],
  [
    [{ type: "Container", min: { cpu: "2" }, defaultRequest: { cpu: "1" }, default: { cpu: "3" } }],
    [`${at}.defaultRequest[cpu]: Invalid value: "1": min value 2 is greater than default request value 1`],
  ],
  [
    [{ type: "Container", max: { cpu: "2" }, defaultRequest: { cpu: "3" }, default: { cpu: "2" } }],
    [
      `${at}.defaultRequest[cpu]: Invalid value: "3": default request value 3 is greater than max value 2`,
      `${at}.defaultRequest[cpu]: Invalid value: "3": default request value 3 is greater than default limit value 2`,
    ],
  ],
  [
    [{ type: "Container", min: { cpu: "2" }, max: { cpu: "3" }, defaultRequest: { cpu: "2" }, default: { cpu: "4" } }],
    [`${at}.default[cpu]: Invalid value: "4": default value 4 is greater than max value 3`],
  ],
  [
    [{ type: "Pod", maxLimitRequestRatio: { cpu: "500m" } }],
    [`${at}.maxLimitRequestRatio[cpu]: Invalid value: "500m": ratio 500m is less than 1`],
  ],
  [
    [{ type: "Pod", min: { cpu: "1" }, max: { cpu: "2" }, maxLimitRequestRatio: { cpu: "3" } }],
    [`${at}.maxLimitRequestRatio[cpu]: Invalid value: "3": ratio 3 is greater than max/min = 2.000000`],
  ],
];

for (const [limits, expected] of rules)
  test(`validation of a limit range: ${expected[0] ?? "a plain one"}`, () => {
    assert.deepEqual(createFaults(strategy, { spec: { limits } }), expected);
  });
