import assert from "node:assert/strict";
import { test } from "node:test";
import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import { newNode, newPod, refusals, scores, snapshotOf } from "../testing/objects.ts";
import { nodePorts } from "./node-ports.ts";
import { createBalancedAllocation } from "./node-resources-balanced-allocation.ts";
import { createNodeResourcesFit } from "./node-resources-fit.ts";

const nodeResourcesFit = createNodeResourcesFit();
const nodeResourcesBalancedAllocation = createBalancedAllocation();

function sized(name: string, allocatable: Record<string, string>) {
  return newNode(name, { status: { allocatable } });
}

const fits: [name: string, requests: Record<string, string>, taken: Record<string, string>, reasons: string[]][] = [
  ["exactly", { cpu: "4", memory: "8Gi" }, {}, []],
  ["exactly beside another", { cpu: "3" }, { cpu: "1" }, []],
  ["a little too much", { cpu: "3001m" }, { cpu: "1" }, ["Insufficient cpu"]],
  ["several at once", { cpu: "5", memory: "9Gi" }, {}, ["Insufficient cpu", "Insufficient memory"]],
  ["ephemeral storage", { "ephemeral-storage": "1Gi" }, {}, ["Insufficient ephemeral-storage"]],
  ["a device", { "example.com/gpu": "2" }, { "example.com/gpu": "1" }, ["Insufficient example.com/gpu"]],
  ["the last device", { "example.com/gpu": "1" }, { "example.com/gpu": "1" }, []],
  ["huge pages", { "hugepages-2Mi": "2Mi" }, {}, ["Insufficient hugepages-2Mi"]],
];

for (const [name, requests, taken, reasons] of fits) {
  test(`NodeResourcesFit: ${name}`, () => {
    const node = sized("n", { "example.com/gpu": "2" });
    const snapshot = snapshotOf([node], { n: [newPod("other", {}, taken)] });
    assert.deepEqual(refusals(nodeResourcesFit, newPod("p", {}, requests), snapshot), [reasons]);
  });
}

test("NodeResourcesFit: a full node says so beside what else it lacks", () => {
  const snapshot = snapshotOf([sized("n", { pods: "1" })], { n: [newPod("other")] });
  assert.deepEqual(refusals(nodeResourcesFit, newPod("p"), snapshot), [["Too many pods"]]);
  const greedy = newPod("p", {}, { cpu: "9" });
  assert.deepEqual(refusals(nodeResourcesFit, greedy, snapshot), [["Too many pods", "Insufficient cpu"]]);
});

test("NodeResourcesFit: a pod without requests fits where nothing else is left", () => {
  const snapshot = snapshotOf([newNode("n")], { n: [newPod("other", {}, { cpu: "4", memory: "8Gi" })] });
  assert.deepEqual(refusals(nodeResourcesFit, newPod("p"), snapshot), [[]]);
});

test("NodeResourcesFit: nodes with more left are preferred; pods without requests count a little", () => {
  const nodes = ["empty", "half", "idle"].map((name) => sized(name, { cpu: "2", memory: "2000Mi" }));
  const snapshot = snapshotOf(nodes, { half: [newPod("o", {}, { cpu: "1", memory: "1000Mi" })], idle: [newPod("o")] });
  assert.deepEqual(scores(nodeResourcesFit, newPod("p", {}, { cpu: "200m", memory: "200Mi" }), snapshot), [90, 40, 82]);
});

test("NodeResourcesBalancedAllocation: nodes used to a like degree are preferred", () => {
  const nodes = ["balanced", "lopsided"].map((name) => sized(name, { cpu: "4", memory: "4Gi" }));
  const snapshot = snapshotOf(nodes, {
    balanced: [newPod("o", {}, { cpu: "1", memory: "1Gi" })],
    lopsided: [newPod("o", {}, { cpu: "2" })],
  });
  const pod = newPod("p", {}, { cpu: "1", memory: "1Gi" });
  assert.deepEqual(scores(nodeResourcesBalancedAllocation, pod, snapshot), [100, 75]);
  assert.deepEqual(scores(nodeResourcesBalancedAllocation, newPod("p"), snapshot), []);
});

function onPort(hostPort: number, hostIP?: string, protocol?: string): Pod {
  const ports = [{ containerPort: 80, hostPort, hostIP, protocol }];
  return newPod("p", { containers: [{ name: "c", image: "i", ports }] });
}

const ports: [name: string, wanted: Pod, used: Pod, free: boolean][] = [
  ["the same", onPort(80), onPort(80), false],
  ["another number", onPort(80), onPort(81), true],
  ["another protocol", onPort(80, undefined, "UDP"), onPort(80), true],
  ["other addresses", onPort(80, "127.0.0.1"), onPort(80, "127.0.0.2"), true],
  ["one address where all are used", onPort(80, "127.0.0.1"), onPort(80), false],
  ["all addresses where one is used", onPort(80), onPort(80, "127.0.0.1"), false],
];

for (const [name, wanted, used, free] of ports) {
  test(`NodePorts: ${name}`, () => {
    const snapshot = snapshotOf([newNode("n")], { n: [used] });
    const expected = free ? [] : ["node(s) didn't have free ports for the requested pod ports"];
    assert.deepEqual(refusals(nodePorts, wanted, snapshot), [expected]);
  });
}

test("NodePorts: a sidecar's port counts, and a port is free again when its pod has gone", () => {
  const sidecar = { name: "s", image: "i", restartPolicy: "Always", ports: [{ containerPort: 1, hostPort: 80 }] };
  const used = newPod("u", { containers: [{ name: "c", image: "i" }], initContainers: [sidecar] });
  const snapshot = snapshotOf([newNode("n")], { n: [used] });
  assert.equal(refusals(nodePorts, onPort(80), snapshot)[0]?.length, 1);
  snapshot.removePod(used.metadata?.uid ?? "");
  assert.equal(refusals(nodePorts, onPort(80), snapshot)[0]?.length, 0);
});
