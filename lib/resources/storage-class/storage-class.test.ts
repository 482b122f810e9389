import assert from "node:assert/strict";
import { test } from "node:test";
import { createFaults } from "../testing/faults.ts";
import { storageClass } from "./strategy.ts";

const zone = (...values: string[]) => ({ matchLabelExpressions: [{ key: "zone", values }] });
const faults = (...allowedTopologies: object[]) =>
  createFaults(storageClass, { metadata: { name: "fast" }, provisioner: "example.com/disks", allowedTopologies });

test("topologies of a class name labels and values, none of them twice", () => {
  assert.deepEqual(faults(zone("a", "b"), zone("a")), []);
  assert.deepEqual(faults(zone()), ["allowedTopologies[0].matchLabelExpressions[0].values: Required value"]);
  assert.deepEqual(faults(zone("a", "a")), [
    'allowedTopologies[0].matchLabelExpressions[0].values[1]: Duplicate value: "a"',
  ]);
  const twice = [...zone("a").matchLabelExpressions, ...zone("b").matchLabelExpressions];
  assert.deepEqual(faults({ matchLabelExpressions: twice }), [
    'allowedTopologies[0].matchLabelExpressions[1].key: Duplicate value: "zone"',
  ]);
  assert.deepEqual(faults(zone("a", "b"), zone("b", "a")), [
    'allowedTopologies[1].matchLabelExpressions: Duplicate value: ""',
  ]);
});
