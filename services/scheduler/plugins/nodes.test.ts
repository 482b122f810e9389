import assert from "node:assert/strict";
import { test } from "node:test";
import type { Node, Taint } from "../../../gen/typernetes/core/v1/node.ts";
import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import type { NodeSelectorRequirement, Toleration } from "../../../gen/typernetes/core/v1/reference.ts";
import { newNode, newPod, refusals, scores, snapshotOf } from "../testing/objects.ts";
import { createNodeAffinity } from "./node-affinity.ts";
import { nodeName } from "./node-name.ts";
import { nodeUnschedulable } from "./node-unschedulable.ts";
import { taintToleration } from "./taint-toleration.ts";

const nodeAffinity = createNodeAffinity();
const unmatched = ["node(s) didn't match Pod's node affinity/selector"];

function labelled(name: string, labels: Record<string, string>): Node {
  return newNode(name, { metadata: { labels } });
}

function requiring(...matchExpressions: NodeSelectorRequirement[]): Pod {
  const nodeSelectorTerms = [{ matchExpressions }];
  const requiredDuringSchedulingIgnoredDuringExecution = { nodeSelectorTerms };
  return newPod("p", { affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution } } });
}

const expressions: [
  name: string,
  requirement: NodeSelectorRequirement,
  labels: Record<string, string>,
  fits: boolean,
][] = [
  ["In", { key: "k", operator: "In", values: ["a", "b"] }, { k: "b" }, true],
  ["In, without the label", { key: "k", operator: "In", values: ["a"] }, {}, false],
  ["NotIn", { key: "k", operator: "NotIn", values: ["a"] }, { k: "a" }, false],
  ["NotIn, without the label", { key: "k", operator: "NotIn", values: ["a"] }, {}, true],
  ["Exists", { key: "k", operator: "Exists" }, { k: "" }, true],
  ["DoesNotExist", { key: "k", operator: "DoesNotExist" }, { k: "" }, false],
  ["Gt", { key: "k", operator: "Gt", values: ["9"] }, { k: "10" }, true],
  ["Gt, equal", { key: "k", operator: "Gt", values: ["10"] }, { k: "10" }, false],
  ["Gt, no number", { key: "k", operator: "Gt", values: ["9"] }, { k: "ten" }, false],
  ["Lt", { key: "k", operator: "Lt", values: ["9"] }, { k: "-3" }, true],
];

for (const [name, requirement, labels, fits] of expressions) {
  test(`NodeAffinity: ${name}`, () => {
    const found = refusals(nodeAffinity, requiring(requirement), snapshotOf([labelled("n", labels)]));
    assert.deepEqual(found, [fits ? [] : unmatched]);
  });
}

test("NodeAffinity: terms are alternatives, and a term's expressions and fields all count", () => {
  const nodeSelectorTerms = [
    { matchExpressions: [{ key: "zone", operator: "In", values: ["east"] }] },
    { matchFields: [{ key: "metadata.name", operator: "In", values: ["named"] }] },
    {},
  ];
  const requiredDuringSchedulingIgnoredDuringExecution = { nodeSelectorTerms };
  const pod = newPod("p", { affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution } } });
  const snapshot = snapshotOf([labelled("in-east", { zone: "east" }), newNode("named"), newNode("other")]);
  assert.deepEqual(refusals(nodeAffinity, pod, snapshot), [[], [], unmatched]);
});

test("NodeAffinity: the node selector is asked beside the affinity", () => {
  const pod = { ...requiring({ key: "zone", operator: "Exists" }) };
  pod.spec = { ...pod.spec, nodeSelector: { disk: "fast" } };
  const snapshot = snapshotOf([
    labelled("both", { zone: "east", disk: "fast" }),
    labelled("zone", { zone: "east" }),
    labelled("disk", { disk: "fast" }),
  ]);
  assert.deepEqual(refusals(nodeAffinity, pod, snapshot), [[], unmatched, unmatched]);
});

test("NodeAffinity: preferences add up, the highest sum is 100", () => {
  const preference = (key: string) => ({ matchExpressions: [{ key, operator: "Exists" }] });
  const preferredDuringSchedulingIgnoredDuringExecution = [
    { weight: 30, preference: preference("a") },
    { weight: 10, preference: preference("b") },
  ];
  const pod = newPod("p", { affinity: { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution } } });
  const nodes = [labelled("ab", { a: "", b: "" }), labelled("a", { a: "" }), newNode("none")];
  assert.deepEqual(scores(nodeAffinity, pod, snapshotOf(nodes)), [100, 75, 0]);
  assert.deepEqual(scores(nodeAffinity, newPod("p"), snapshotOf(nodes)), []);
});

test("NodeName: a pod goes to the node that it names", () => {
  const snapshot = snapshotOf([newNode("a"), newNode("b")]);
  const refused = ["node(s) didn't match the requested node name"];
  assert.deepEqual(refusals(nodeName, newPod("p", { nodeName: "b" }), snapshot), [refused, []]);
});

test("NodeUnschedulable: cordoned nodes get only pods that tolerate it", () => {
  const snapshot = snapshotOf([newNode("open"), newNode("cordoned", { spec: { unschedulable: true } })]);
  assert.deepEqual(refusals(nodeUnschedulable, newPod("p"), snapshot), [[], ["node(s) were unschedulable"]]);
  const tolerations = [{ key: "node.kubernetes.io/unschedulable", operator: "Exists" }];
  assert.deepEqual(refusals(nodeUnschedulable, newPod("p", { tolerations }), snapshot), [[], []]);
});

const taint: Taint = { key: "dedicated", value: "db", effect: "NoSchedule" };
const tainted = (...taints: Taint[]) => snapshotOf([newNode("n", { spec: { taints } })]);

const tolerations: [name: string, taint: Taint, toleration: Toleration | undefined, reasons: string[]][] = [
  ["none", taint, undefined, ["node(s) had untolerated taint {dedicated: db}"]],
  ["without a value", { key: "k", effect: "NoExecute" }, undefined, ["node(s) had untolerated taint {k: }"]],
  ["rather not", { ...taint, effect: "PreferNoSchedule" }, undefined, []],
  ["equal", taint, { key: "dedicated", value: "db" }, []],
  ["another value", taint, { key: "dedicated", value: "web" }, ["node(s) had untolerated taint {dedicated: db}"]],
  ["exists", taint, { key: "dedicated", operator: "Exists" }, []],
  ["everything", taint, { operator: "Exists" }, []],
  [
    "another effect",
    taint,
    { operator: "Exists", effect: "NoExecute" },
    ["node(s) had untolerated taint {dedicated: db}"],
  ],
];

for (const [name, each, toleration, reasons] of tolerations) {
  test(`TaintToleration: ${name}`, () => {
    const pod = newPod("p", { tolerations: toleration ? [toleration] : [] });
    assert.deepEqual(refusals(taintToleration, pod, tainted(each)), [reasons]);
  });
}

test("TaintToleration: nodes with fewer taints that say rather not are preferred", () => {
  const rather = (key: string): Taint => ({ key, effect: "PreferNoSchedule" });
  const nodes = [
    newNode("two", { spec: { taints: [rather("a"), rather("b")] } }),
    newNode("one", { spec: { taints: [rather("a"), rather("tolerated")] } }),
    newNode("clean"),
  ];
  const pod = newPod("p", { tolerations: [{ key: "tolerated", operator: "Exists" }] });
  assert.deepEqual(scores(taintToleration, pod, snapshotOf(nodes)), [0, 50, 100]);
});
