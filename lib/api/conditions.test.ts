import assert from "node:assert/strict";
import { test } from "node:test";
import { formatApiVersion, parseApiVersion } from "./api-version.ts";
import { type Condition, findCondition, isConditionTrue, withCondition, withoutCondition } from "./conditions.ts";
import { formatLabels, labelsText } from "./labels.ts";

const [before, now] = ["2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"];
const conditions: Condition[] = [
  { type: "Ready", status: "True", reason: "Ok", lastTransitionTime: before },
  { type: "Other", status: "False" },
];

test("a condition's time changes with its status alone", () => {
  const reworded = withCondition(conditions, { type: "Ready", status: "True", reason: "Fine" }, now);
  assert.deepEqual(reworded[0], { type: "Ready", status: "True", reason: "Fine", lastTransitionTime: before });
  const turned = withCondition(conditions, { type: "Ready", status: "False", reason: "Bad" }, now);
  assert.deepEqual(turned[0], { type: "Ready", status: "False", reason: "Bad", lastTransitionTime: now });
  assert.equal(withCondition(conditions, { type: "Ready", status: "True", reason: "Ok" }, now), conditions);
  assert.deepEqual(withCondition(undefined, { type: "New", status: "True" }, now), [
    { type: "New", status: "True", lastTransitionTime: now },
  ]);
  assert.equal(conditions.length, 2);
});

test("conditions are found and taken away", () => {
  assert.ok(
    isConditionTrue(conditions, "Ready") &&
      !isConditionTrue(conditions, "Other") &&
      !isConditionTrue(undefined, "Ready"),
  );
  assert.equal(findCondition(conditions, "Other"), conditions[1]);
  assert.deepEqual(withoutCondition(conditions, "Ready"), [conditions[1]]);
});

test("labels and versions are written and read", () => {
  assert.equal(formatLabels({ b: "2", a: "1" }), "a=1,b=2");
  assert.equal(formatLabels({}), "<none>");
  assert.equal(labelsText(undefined), "");
  for (const text of ["v1", "apps/v1"])
    assert.equal(formatApiVersion(parseApiVersion(text) ?? { group: "", version: "" }), text);
  assert.equal(parseApiVersion("a/b/c"), undefined);
});
