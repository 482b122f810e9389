import assert from "node:assert/strict";
import { test } from "node:test";
import { createFaults, printed } from "../testing/faults.ts";
import { podTemplate as strategy } from "./strategy.ts";

test("a template that stands by itself has the rules, defaults and columns of what is in it", () => {
  const object = {
    template: { metadata: { labels: { a: "b" } }, spec: { containers: [{ name: "main", image: "i:1" }] } },
  };
  assert.deepEqual(createFaults(strategy, object), []);
  assert.match(JSON.stringify(object), /"imagePullPolicy":"IfNotPresent"/);
  assert.equal(printed(strategy, object, 0), "Containers=main Images=i:1 Pod Labels=a=b | ");
  assert.deepEqual(createFaults(strategy, { template: { spec: { containers: [] } } }), [
    "template.spec.containers: Required value",
  ]);
});
