import assert from "node:assert/strict";
import { test } from "node:test";
import { resources } from "../../gen/schema.ts";
import { strategies, strategyOf } from "./list.ts";

test("every kind of the contracts has exactly one strategy", () => {
  for (const schema of resources) assert.equal(strategyOf(schema).schema, schema);
  assert.equal(strategies.length, resources.length);
  assert.equal(new Set(strategies.map((it) => it.schema)).size, strategies.length);
});
