import assert from "node:assert/strict";
import { test } from "node:test";
import type { Node, Taint } from "../../../gen/typernetes/core/v1/node.ts";
import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import { plugins } from "../plugins/list.ts";
import { podInfo } from "../snapshot/pod-info.ts";
import { newNode, newPod, snapshotOf } from "../testing/objects.ts";
import { conclude, explain } from "./explain.ts";
import { nodesToFind } from "./nodes-to-find.ts";
import { refusalMessage } from "./refusal-message.ts";
import { selectNode } from "./select-node.ts";

function select(pod: Pod, snapshot: ReturnType<typeof snapshotOf>, start = 0) {
  return selectNode(podInfo(pod), snapshot, plugins, { start, random: () => 0.5 });
}

function messageFor(pod: Pod, nodes: Node[]): string {
  const selection = select(pod, snapshotOf(nodes));
  return selection.fits ? "fits" : refusalMessage(selection.refusals);
}

const tainted = (name: string, taint: Taint) => newNode(name, { spec: { taints: [taint] } });

const messages: [name: string, pod: Pod, nodes: Node[], message: string][] = [
  ["no nodes", newPod("p"), [], "no nodes available to schedule pods"],
  [
    "several reasons on several nodes",
    newPod("p", {}, { cpu: "8" }),
    [
      newNode("small"),
      tainted("a", { key: "key", value: "value", effect: "NoSchedule" }),
      tainted("b", { key: "key", value: "value", effect: "NoSchedule" }),
    ],
    "0/3 nodes are available: 1 Insufficient cpu, 2 node(s) had untolerated taint {key: value}.",
  ],
  [
    "every resource that lacks",
    newPod("p", {}, { cpu: "8", memory: "16Gi" }),
    [newNode("a"), newNode("b")],
    "0/2 nodes are available: 2 Insufficient cpu, 2 Insufficient memory.",
  ],
  [
    "a node selector",
    newPod("p", { nodeSelector: { disk: "fast" } }),
    [newNode("a")],
    "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector.",
  ],
  [
    "a cordoned node's own taint is not told twice",
    newPod("p"),
    [
      newNode("a", {
        spec: { unschedulable: true, taints: [{ key: "node.kubernetes.io/unschedulable", effect: "NoSchedule" }] },
      }),
    ],
    "0/1 nodes are available: 1 node(s) were unschedulable.",
  ],
];

for (const [name, pod, nodes, message] of messages)
  test(`why a pod fits nowhere: ${name}`, () => assert.equal(messageFor(pod, nodes), message));

test("the emptiest node is chosen", () => {
  const nodes = ["a", "b", "c"].map((name) => newNode(name));
  const full = newPod("o", {}, { cpu: "3", memory: "6Gi" });
  const snapshot = snapshotOf(nodes, { a: [full], c: [newPod("o2", {}, { cpu: "3", memory: "6Gi" })] });
  const selection = select(newPod("p", {}, { cpu: "100m", memory: "100Mi" }), snapshot);
  assert.ok(selection.fits);
  assert.equal(snapshot.entry(selection.node).name, "b");
});

test("nodes of equal score are chosen at random, each as often as the others", () => {
  const nodes = Array.from({ length: 5 }, (_, index) => newNode(`n${index}`));
  const snapshot = snapshotOf(nodes);
  const chosen = new Map<number, number>();
  const state = { start: 0, random: Math.random };
  for (let round = 0; round < 2000; round++) {
    const selection = selectNode(podInfo(newPod("p")), snapshot, plugins, state);
    if (selection.fits) chosen.set(selection.node, (chosen.get(selection.node) ?? 0) + 1);
  }
  for (const node of snapshot.slots) assert.ok((chosen.get(node) ?? 0) > 250, `${chosen.get(node)} of 2000`);
});

test("in a large cluster only some of the nodes are looked at, others the next time", () => {
  const nodes = Array.from({ length: 1000 }, (_, index) => newNode(`n${index}`));
  const snapshot = snapshotOf(nodes);
  const state = { start: 0, random: () => 0.5 };
  const selection = selectNode(podInfo(newPod("p")), snapshot, plugins, state);
  assert.ok(selection.fits);
  assert.equal(selection.feasible, 420);
  assert.equal(state.start, 420);
});

const searches: [nodes: number, found: number][] = [
  [0, 0],
  [100, 100],
  [101, 100],
  [1000, 420],
  [5000, 500],
  [6000, 300],
  [20_000, 1000],
];

for (const [nodes, found] of searches)
  test(`of ${nodes} nodes ${found} are enough to choose from`, () => assert.equal(nodesToFind(nodes), found));

test("explains what every plugin says about every node, of a placed pod as if it were not", () => {
  const pod = newPod("p", {}, { cpu: "3" });
  const nodes = [newNode("home"), tainted("away", { key: "k", effect: "NoSchedule" })];
  const snapshot = snapshotOf(nodes, { home: [pod] });
  const greedy = { ...pod, spec: { ...pod.spec, nodeName: "home" } };
  const { selectedNode, message, nodes: verdicts = [] } = conclude(explain(greedy, snapshot, plugins));
  assert.equal(selectedNode, "home");
  assert.equal(message, "1/2 nodes are available");
  const away = verdicts.find(({ nodeName }) => nodeName === "away");
  assert.deepEqual(away?.plugins, [
    { plugin: "TaintToleration", point: "Filter", reason: "node(s) had untolerated taint {k: }" },
  ]);
  const home = verdicts.find(({ nodeName }) => nodeName === "home");
  const sum = home?.plugins?.reduce((total, { score = 0, weight = 0 }) => total + score * weight, 0);
  assert.equal(home?.totalScore, sum);
  assert.equal(snapshot.placed(pod.metadata?.uid ?? "")?.nodeName, "home");
});

test("explains why a pod fits nowhere", () => {
  const { selectedNode, message } = conclude(
    explain(newPod("p", {}, { cpu: "9" }), snapshotOf([newNode("a")]), plugins),
  );
  assert.equal(selectedNode, undefined);
  assert.equal(message, "0/1 nodes are available: 1 Insufficient cpu.");
});
