import assert from "node:assert/strict";
import { test } from "node:test";
import { CelCompileError, compile } from "../compile.ts";
import { jsonOf } from "../json-value.ts";
import { celValue } from "../values.ts";

const run = (source: string, type = "dyn") => {
  const self = celValue({ list: [3, 4], map: { a: 1, b: 2 } });
  return jsonOf(compile(source, { variables: { self: type } }).evaluate({ self }, { remaining: 1_000_000 }));
};

const expected: readonly (readonly [string, unknown])[] = [
  ["[1, 2, 3].all(i, v, v == i + 1)", true],
  ["self.list.all(i, v, v > i + 3)", false],
  ["self.list.exists(i, v, i == 1 && v == 4)", true],
  ["self.list.exists(i, v, v / (i - 1) == -3)", true],
  ["self.map.all(k, v, k == 'a' && v == 1 || k == 'b' && v == 2)", true],
  ["self.map.existsOne(k, v, v > 1)", true],
  ["self.list.transformList(i, v, i * v)", [0, 4]],
  ["self.list.transformList(i, v, i > 0, v)", [4]],
  ["self.map.transformMap(k, v, k + string(v))", { a: "a1", b: "b2" }],
  ["self.map.transformMap(k, v, v > 1, v * 2)", { b: 4 }],
  ["self.map.transformMapEntry(k, v, {string(v): k})", { 1: "a", 2: "b" }],
  [
    "self.list.transformList(i, v, self.list.transformList(j, w, i * 10 + j))",
    [
      [0, 1],
      [10, 11],
    ],
  ],
];

for (const [source, value] of expected)
  test(`${source} is ${JSON.stringify(value)}`, () => assert.deepEqual(run(source), value));

test("names of variables are names, and predicates truths", () => {
  assert.throws(() => run("self.list.all(1, v, true)"), CelCompileError);
  assert.throws(() => run("self.list.all(i, v, v)"), /a predicate must be a bool/);
  assert.throws(() => run("self.map.transformMapEntry(k, v, {'x': v})"), /key x already exists/);
  assert.throws(() => run("1.all(i, v, true)"), CelCompileError);
});
