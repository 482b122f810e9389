import assert from "node:assert/strict";
import { test } from "node:test";
import { clonePlain } from "../base/plain-data.ts";
import { deepEqual, deepFreeze } from "./deep.ts";
import { semanticEqual } from "./semantic-equal.ts";

const container = (resources: object) => ({ spec: { containers: [{ name: "a", resources }] } });
const same: [string, object, object][] = [
  [
    "the same quantity in another notation",
    container({ limits: { cpu: "1" } }),
    container({ limits: { cpu: "1000m" } }),
  ],
  ["empty and absent lists and maps", { metadata: { labels: {}, finalizers: [] }, spec: {} }, { spec: undefined }],
  [
    "the same instant",
    { metadata: { creationTimestamp: "2026-01-01T00:00:00Z" } },
    { metadata: { creationTimestamp: "2026-01-01T01:00:00+01:00" } },
  ],
];
for (const [title, left, right] of same)
  test(`${title} mean the same`, () => {
    assert.ok(semanticEqual("core.v1.Pod", left, right));
    assert.ok(semanticEqual("core.v1.Pod", right, left));
  });

const different: [string, object, object][] = [
  ["other quantities", container({ limits: { cpu: "1" } }), container({ limits: { cpu: "2" } })],
  [
    "texts that would be the same quantity",
    { metadata: { labels: { a: "1" } } },
    { metadata: { labels: { a: "1000m" } } },
  ],
  ["an empty and an absent structure that counts", { spec: { securityContext: {} } }, { spec: {} }],
  [
    "a further element",
    { spec: { containers: [{ name: "a" }] } },
    { spec: { containers: [{ name: "a" }, { name: "b" }] } },
  ],
  ["a further key", { metadata: { labels: { a: "1" } } }, { metadata: { labels: { a: "1", b: "2" } } }],
];
for (const [title, left, right] of different)
  test(`${title} do not mean the same`, () => {
    assert.ok(!semanticEqual("core.v1.Pod", left, right));
    assert.ok(!semanticEqual("core.v1.Pod", right, left));
  });

test("deepEqual takes undefined for absent, and nothing else", () => {
  assert.ok(deepEqual({ a: 1, b: undefined }, { a: 1 }));
  assert.ok(deepEqual([{ a: [1, "x", null] }], [{ a: [1, "x", null] }]));
  assert.ok(deepEqual(new Uint8Array([1]), new Uint8Array([1])));
  for (const [left, right] of [
    [{ a: 1 }, { b: 1 }],
    [{}, []],
    [[], {}],
    [null, {}],
    [{ a: null }, {}],
    [[1], [1, 2]],
    [new Uint8Array([1]), new Uint8Array([2])],
    [{ a: undefined }, { b: 1 }],
  ])
    assert.ok(!deepEqual(left, right), JSON.stringify([left, right]));
  assert.ok(!deepEqual({}, JSON.parse('{"__proto__":{}}')));
});

test("a copy shares nothing and is not frozen", () => {
  const original = deepFreeze({ a: [{ b: 1 }], c: undefined, d: null });
  const copy = clonePlain(original);
  assert.deepEqual(copy, { a: [{ b: 1 }], d: null });
  const element = copy.a[0];
  assert.ok(element);
  element.b = 2;
  assert.equal(original.a[0]?.b, 1);
  assert.equal(JSON.stringify(clonePlain(JSON.parse('{"__proto__":{"a":1}}'))), '{"__proto__":{"a":1}}');
});
