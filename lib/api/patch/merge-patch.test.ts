import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { applyMergePatch, createMergePatch, createThreeWayMergePatch } from "./merge-patch.ts";

const specification: [unknown, unknown, unknown][] = [
  [{ a: "b" }, { a: "c" }, { a: "c" }],
  [{ a: "b" }, { b: "c" }, { a: "b", b: "c" }],
  [{ a: "b" }, { a: null }, {}],
  [{ a: "b", b: "c" }, { a: null }, { b: "c" }],
  [{ a: ["b"] }, { a: "c" }, { a: "c" }],
  [{ a: "c" }, { a: ["b"] }, { a: ["b"] }],
  [{ a: { b: "c" } }, { a: { b: "d", c: null } }, { a: { b: "d" } }],
  [{ a: [{ b: "c" }] }, { a: [1] }, { a: [1] }],
  [
    ["a", "b"],
    ["c", "d"],
    ["c", "d"],
  ],
  [{ a: "b" }, ["c"], ["c"]],
  [{ a: "foo" }, null, null],
  [{ e: null }, { a: 1 }, { e: null, a: 1 }],
  [[1, 2], { a: "b", c: null }, { a: "b" }],
  [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
];
for (const [target, patch, result] of specification)
  test(`${JSON.stringify(target)} with ${JSON.stringify(patch)}`, () =>
    assert.deepEqual(applyMergePatch(target, patch), result));

/** JSON objects without null, which a merge patch cannot say. */
const values = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.integer(),
    fc.string(),
    fc.boolean(),
    fc.array(tie("value"), { maxLength: 3 }),
    tie("object"),
  ),
  object: fc.dictionary(fc.oneof(fc.constantFrom("a", "b", "c", "__proto__"), fc.string()), tie("value"), {
    maxKeys: 4,
    noNullPrototype: true,
  }),
}));
const objects = values.object.map((value) => value as object);

test("a difference applied to the first makes the second", () => {
  fc.assert(fc.property(objects, objects, (a, b) => assert.deepEqual(applyMergePatch(a, createMergePatch(a, b)), b)));
});

test("an apply deletes what its user deleted and leaves what others added", () => {
  const patch = createThreeWayMergePatch(
    { a: 1, b: { c: 1, d: 1 } },
    { a: 2, b: { d: 1 } },
    { a: 1, b: { c: 1, d: 1, mine: 1 }, mine: 1 },
  );
  assert.deepEqual(patch, { a: 2, b: { c: null } });
  fc.assert(
    fc.property(objects, objects, (a, b) => assert.deepEqual(applyMergePatch(a, createThreeWayMergePatch(a, b, a)), b)),
  );
});

test("nothing is shared with the arguments", () => {
  const [target, patch] = [{ a: { b: [1] } }, { c: { d: [2] } }];
  const result = applyMergePatch(target, patch) as { a: { b: number[] }; c: { d: number[] } };
  result.a.b.push(3);
  result.c.d.push(3);
  assert.deepEqual([target, patch], [{ a: { b: [1] } }, { c: { d: [2] } }]);
});
