import assert from "node:assert/strict";
import { test } from "node:test";
import { compareObjects } from "./compare.ts";
import { fieldsOf } from "./fields-of.ts";
import { mergeApplied } from "./merge.ts";
import { removeItems, withNamedFields } from "./remove-items.ts";
import { listShape, recordShape, type Shape, scalarShape } from "./shape.ts";
import { shapeOfMessage } from "./shape-of-message.ts";

const pod = shapeOfMessage("core.v1.Pod");
const web = { name: "web", image: "a:1" };
const port = { containerPort: 80 };

const comparisons: [string, object, object, { added?: object; modified?: object; removed?: object }][] = [
  [
    "a value",
    { spec: { nodeName: "a" } },
    { spec: { nodeName: "b" } },
    { modified: { "f:spec": { "f:nodeName": {} } } },
  ],
  [
    "the first member of a map",
    { metadata: {} },
    { metadata: { labels: { a: "1" } } },
    { added: { "f:metadata": { "f:labels": { ".": {}, "f:a": {} } } } },
  ],
  [
    "an element by its keys, with the default of one",
    { spec: { containers: [web] } },
    { spec: { containers: [{ ...web, ports: [port] }] } },
    {
      added: {
        "f:spec": {
          "f:containers": {
            'k:{"name":"web"}': {
              "f:ports": { ".": {}, 'k:{"containerPort":80,"protocol":"TCP"}': { ".": {}, "f:containerPort": {} } },
            },
          },
        },
      },
    },
  ],
  [
    "a new element, with the structs that Kubernetes holds by value",
    { spec: { containers: [] } },
    { spec: { containers: [web] } },
    {
      added: {
        "f:spec": {
          "f:containers": { 'k:{"name":"web"}': { ".": {}, "f:name": {}, "f:image": {}, "f:resources": {} } },
        },
      },
    },
  ],
  [
    "the order of elements",
    { spec: { containers: [web, { name: "b" }] } },
    { spec: { containers: [{ name: "b" }, web] } },
    {},
  ],
  [
    "plain values of a set",
    { metadata: { finalizers: ["a/x"] } },
    { metadata: { finalizers: ["b/y"] } },
    {
      added: { "f:metadata": { "f:finalizers": { 'v:"b/y"': {} } } },
      removed: { "f:metadata": { "f:finalizers": { 'v:"a/x"': {} } } },
    },
  ],
  [
    "what is owned as a whole",
    { spec: { nodeSelector: { a: "1" }, tolerations: [{ key: "a" }] } },
    { spec: { nodeSelector: { a: "2" }, tolerations: [{ key: "b" }] } },
    { modified: { "f:spec": { "f:nodeSelector": {}, "f:tolerations": {} } } },
  ],
  [
    "a condition by its type",
    { status: { conditions: [{ type: "Ready", status: "False" }] } },
    { status: { conditions: [{ type: "Ready", status: "True" }] } },
    { modified: { "f:status": { "f:conditions": { 'k:{"type":"Ready"}': { "f:status": {} } } } } },
  ],
  ["nothing where a struct held by value is absent or empty", {}, { spec: { containers: [] }, status: {} }, {}],
];
for (const [title, before, after, expected] of comparisons)
  test(`a comparison finds ${title}`, () => {
    assert.deepEqual(compareObjects(pod, before, after), { added: {}, modified: {}, removed: {}, ...expected });
  });

test("an applied object sets leaves, elements and members of maps, and no struct", () => {
  const { fields, faults } = fieldsOf(pod, {
    metadata: { labels: { a: "1" } },
    spec: {
      containers: [{ name: "web", securityContext: { privileged: true } }],
      volumes: [{ name: "v", emptyDir: {} }],
    },
  });
  assert.deepEqual(faults, []);
  assert.deepEqual(fields, {
    "f:metadata": { "f:labels": { "f:a": {} } },
    "f:spec": {
      "f:containers": { 'k:{"name":"web"}': { ".": {}, "f:name": {}, "f:securityContext": { "f:privileged": {} } } },
      "f:volumes": { 'k:{"name":"v"}': { ".": {}, "f:name": {}, "f:emptyDir": {} } },
    },
  });
});

const faults: [object, string][] = [
  [{ spec: { foo: 1 } }, ".spec.foo: field not declared in schema"],
  [{ spec: [], metadata: {} }, ".spec: expected map, got []"],
  [{ spec: { containers: {} } }, ".spec.containers: expected list, got {}"],
  [
    { spec: { containers: [{ image: "a" }] } },
    '.spec.containers: associative list with keys has an element that omits key field "name" (and doesn\'t have default value)',
  ],
];
for (const [object, fault] of faults)
  test(`an applied object is refused: ${fault}`, () => assert.deepEqual(fieldsOf(pod, object).faults, [fault]));

const set = listShape("set", scalarShape);
const orders: [string[], string[], string[]][] = [
  [
    ["1", "2", "3"],
    ["1", "3"],
    ["1", "2", "3"],
  ],
  [
    ["1", "2", "3", "4"],
    ["4", "1"],
    ["2", "3", "4", "1"],
  ],
  [
    ["1", "2"],
    ["3", "1"],
    ["3", "1", "2"],
  ],
  [
    ["2", "1"],
    ["3", "1"],
    ["2", "3", "1"],
  ],
  [
    ["1", "2", "3"],
    ["3", "4", "1"],
    ["2", "3", "4", "1"],
  ],
  [["1"], ["2"], ["1", "2"]],
  [[], ["2", "1"], ["2", "1"]],
];
for (const [live, applied, merged] of orders)
  test(`${applied} applied to ${live || "nothing"} is ${merged}`, () =>
    assert.deepEqual(mergeApplied(set, live, applied), merged));

test("merging keeps what is not applied, and puts wholes in place of wholes", () => {
  const live = { spec: { containers: [{ ...web, ports: [port] }], nodeSelector: { a: "1" }, hostname: "h" } };
  const applied = { spec: { containers: [{ name: "web", image: "a:2" }], nodeSelector: { b: "2" } } };
  assert.deepEqual(mergeApplied(pod, live, applied), {
    spec: { containers: [{ name: "web", image: "a:2", ports: [port] }], nodeSelector: { b: "2" }, hostname: "h" },
  });
});

test("a key named like a prototype is a member like any other", () => {
  const applied: object = JSON.parse('{"metadata":{"labels":{"__proto__":"x"}}}');
  const merged = mergeApplied(pod, { metadata: { labels: { a: "1" } } }, applied);
  assert.equal(JSON.stringify(merged), '{"metadata":{"labels":{"a":"1","__proto__":"x"}}}');
  assert.deepEqual(fieldsOf(pod, applied).fields, { "f:metadata": { "f:labels": { "f:__proto__": {} } } });
});

test("structs go with the last of what was set in them", () => {
  const places = { "f:spec": { "f:securityContext": { "f:runAsUser": {} } } };
  const object = { spec: { hostname: "h", securityContext: { runAsUser: 1 } } };
  assert.deepEqual(removeItems(pod, object, withNamedFields(pod, places)), undefined);
  assert.deepEqual(removeItems(pod, object, places), { spec: { hostname: "h" } });
});

test("a definition's schema takes part through the same shapes", () => {
  const item = recordShape([{ name: "host", shape: scalarShape }], { isAtomic: false });
  const root: Shape = recordShape([
    { name: "hosts", shape: listShape("map", item, [{ name: "host" }]) },
    { name: "free", shape: { kind: "untyped", isAtomic: false } },
  ]);
  assert.deepEqual(fieldsOf(root, { hosts: [{ host: "a" }], free: { a: { b: 1 }, list: [1] } }).fields, {
    "f:hosts": { 'k:{"host":"a"}': { ".": {}, "f:host": {} } },
    "f:free": { "f:a": { ".": {}, "f:b": {} }, "f:list": {} },
  });
});
