import assert from "node:assert/strict";
import { test } from "node:test";
import { normalise } from "../normalise.ts";
import { compareObjects } from "./compare.ts";
import { sortedSet } from "./field-set.ts";
import { hasOutline, outlineOf } from "./object-outline.ts";
import { shapeOfMessage } from "./shape-of-message.ts";
import { sharedSet } from "./shared-set.ts";

const pod = shapeOfMessage("core.v1.Pod");
const web = { name: "web", image: "a:1", ports: [{ containerPort: 80 }] };
const of = (containers: object[], metadata: object = {}, more: object = {}) => ({
  metadata: { name: "a", ...metadata },
  spec: { containers, ...more },
});

const made = of([web, { name: "b" }], { labels: { app: "x" }, finalizers: ["one"] }, { hostNetwork: true });
const alike: [string, object][] = [
  ["itself", structuredClone(made)],
  [
    "other values",
    of(
      [{ ...web, image: "b:2" }, { name: "b" }],
      { name: "c", labels: { app: "y" }, finalizers: ["one"] },
      { hostNetwork: true, nodeName: undefined },
    ),
  ],
];
const different: [string, object][] = [
  [
    "a label of another name",
    of([web, { name: "b" }], { labels: { other: "x" }, finalizers: ["one"] }, { hostNetwork: true }),
  ],
  ["another finalizer", of([web, { name: "b" }], { labels: { app: "x" }, finalizers: ["two"] }, { hostNetwork: true })],
  [
    "a container of another name",
    of([web, { name: "c" }], { labels: { app: "x" }, finalizers: ["one"] }, { hostNetwork: true }),
  ],
  [
    "another port",
    of(
      [{ ...web, ports: [{ containerPort: 81 }] }, { name: "b" }],
      { labels: { app: "x" }, finalizers: ["one"] },
      { hostNetwork: true },
    ),
  ],
  ["one container less", of([web], { labels: { app: "x" }, finalizers: ["one"] }, { hostNetwork: true })],
  ["a zero", of([web, { name: "b" }], { labels: { app: "x" }, finalizers: ["one"] }, { hostNetwork: false })],
  ["nothing where something was", of([web, { name: "b" }], { labels: {}, finalizers: ["one"] }, { hostNetwork: true })],
  [
    "a member more",
    of([web, { name: "b" }], { labels: { app: "x" }, finalizers: ["one"] }, { hostNetwork: true, nodeName: "n" }),
  ],
];

for (const [what, object] of alike)
  test(`an object has the outline of one with the same names and keys: ${what}`, () => {
    assert.ok(hasOutline(outlineOf(pod, made), object));
    const empty = {};
    normalise("core.v1.Pod", empty);
    assert.deepEqual(compareObjects(pod, empty, object), compareObjects(pod, empty, made));
  });
for (const [what, object] of different)
  test(`an object has another outline for ${what}`, () => assert.ok(!hasOutline(outlineOf(pod, made), object)));

test("equal sets are shared, frozen and sorted", () => {
  const set = { "f:spec": { "f:b": {}, "f:a": {} } };
  const shared = sharedSet(set);
  assert.deepEqual(JSON.stringify(shared), JSON.stringify(sortedSet(set)));
  assert.ok(Object.isFrozen(shared));
  assert.equal(sharedSet(structuredClone(set)), shared);
});
