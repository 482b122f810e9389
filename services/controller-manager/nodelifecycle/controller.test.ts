import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import type { Node, Taint } from "../../../gen/typernetes/core/v1/node.ts";
import { rfc3339, rfc3339Micro } from "../../../lib/base/rfc3339.ts";
import { SimulatedClock } from "../../../lib/base/simulated-clock.ts";
import { isPodReady } from "../pods/pod-state.ts";
import { eventuallyHolds, startTestCluster, type TestCluster } from "../testing/test-cluster.ts";
import { createNodeLifecycleController } from "./controller.ts";
import { readyCondition } from "./node-conditions.ts";

const namespace = "kube-node-lease";
let clock: SimulatedClock;
let cluster: TestCluster;

beforeEach(async () => {
  clock = new SimulatedClock();
  cluster = await startTestCluster([createNodeLifecycleController], { clock });
});
afterEach(() => cluster.close());

/** A kubelet that reports once: nodes with leases are kept alive by `renew`. */
async function register(name: string, ready = "True"): Promise<void> {
  const { client } = cluster;
  await client.core.v1.nodes.create({ metadata: { name } });
  await report(name, ready);
  await client.coordination.v1.leases.create({ metadata: { name, namespace }, spec: { holderIdentity: name } });
}

async function report(name: string, ready: string): Promise<void> {
  const { nodes } = cluster.client.core.v1;
  const now = rfc3339(clock.now());
  const conditions = ["Ready", "MemoryPressure", "DiskPressure", "PIDPressure"].map((type) => ({
    type,
    status: type === "Ready" ? ready : "False",
    lastHeartbeatTime: now,
  }));
  await nodes.patch(name, { status: { conditions } }, { subresource: "status" });
}

async function renew(...names: string[]): Promise<void> {
  const spec = { renewTime: rfc3339Micro(clock.now()) };
  for (const name of names) await cluster.client.coordination.v1.leases.patch(name, { spec }, { namespace });
}

function get(name: string): Promise<Node> {
  return cluster.client.core.v1.nodes.get(name);
}

function taintsOf(node: Node): string[] {
  return (node.spec?.taints ?? []).map(({ key, effect }: Taint) => `${key?.split("/")[1]}:${effect}`).sort();
}

function taintsBecome(name: string, ...taints: string[]): Promise<void> {
  return eventuallyHolds(async () => assert.deepEqual(taintsOf(await get(name)), taints));
}

/** Lets time pass while `alive` renew their leases. */
async function pass(seconds: number, ...alive: string[]): Promise<void> {
  await cluster.settle();
  for (let left = seconds; left > 0; left -= 10) {
    await clock.advance(Math.min(left, 10) * 1000);
    if (alive.length > 0) await renew(...alive);
  }
  await cluster.settle();
}

test("a node without a report gets no pods, and a ready one has no taints", async () => {
  await cluster.client.core.v1.nodes.create({ metadata: { name: "new" } });
  await taintsBecome("new", "not-ready:NoSchedule");
  await report("new", "True");
  await taintsBecome("new");
});

test("a node that never reports counts as unknown after a minute", async () => {
  await register("well");
  await cluster.client.core.v1.nodes.create({ metadata: { name: "mute" } });
  await taintsBecome("mute", "not-ready:NoSchedule");
  await pass(55, "well");
  assert.equal(readyCondition(await get("mute")), undefined);
  await pass(10, "well");
  await taintsBecome("mute", "unreachable:NoExecute", "unreachable:NoSchedule");
  assert.equal(readyCondition(await get("mute"))?.reason, "NodeStatusNeverUpdated");
});

test("a node whose lease is renewed stays ready; when it falls silent it is lost after 50 s, and its pods are not ready", async () => {
  await register("well");
  await register("silent");
  const { pods } = cluster.client.core.v1;
  const spec = { nodeName: "silent", containers: [{ name: "c", image: "i" }] };
  const pod = await pods.create({ metadata: { name: "p", namespace: "default" }, spec });
  const conditions = [{ type: "Ready", status: "True" }];
  await pods.updateStatus({ ...pod, status: { phase: "Running", conditions } });
  await pass(120, "well", "silent");
  assert.deepEqual(taintsOf(await get("silent")), []);
  await pass(45, "well");
  assert.equal(readyCondition(await get("silent"))?.status, "True");
  await pass(10, "well");
  await taintsBecome("silent", "unreachable:NoExecute", "unreachable:NoSchedule");
  const lost = await get("silent");
  assert.ok(lost.spec?.taints?.every(({ timeAdded }) => timeAdded !== undefined));
  for (const condition of lost.status?.conditions ?? [])
    assert.deepEqual([condition.status, condition.reason], ["Unknown", "NodeStatusUnknown"]);
  await eventuallyHolds(async () => assert.equal(isPodReady(await pods.get("p", { namespace: "default" })), false));
  assert.deepEqual(taintsOf(await get("well")), []);
});

test("a lost node that reports again is ready and free of taints at once", async () => {
  await register("well");
  await register("back");
  await pass(60, "well");
  await taintsBecome("back", "unreachable:NoExecute", "unreachable:NoSchedule");
  await report("back", "True");
  await taintsBecome("back");
  await pass(45, "well");
  assert.equal(readyCondition(await get("back"))?.status, "True");
});

test("a node that says that it is not ready is tainted so, and under pressure too", async () => {
  await register("well");
  await register("sick", "False");
  await taintsBecome("sick", "not-ready:NoExecute", "not-ready:NoSchedule");
  await report("sick", "True");
  const conditions = [{ type: "MemoryPressure", status: "True" }];
  await cluster.client.core.v1.nodes.patch("sick", { status: { conditions } }, { subresource: "status" });
  await taintsBecome("sick", "memory-pressure:NoSchedule");
});

test("a cordoned node is tainted, and others' taints stay", async () => {
  await register("node");
  const own = { key: "own", effect: "NoSchedule" };
  await cluster.client.core.v1.nodes.patch("node", { spec: { unschedulable: true, taints: [own] } });
  await eventuallyHolds(async () => {
    const keys = (await get("node")).spec?.taints?.map(({ key }) => key).sort();
    assert.deepEqual(keys, ["node.kubernetes.io/unschedulable", "own"]);
  });
  await cluster.client.core.v1.nodes.patch("node", { spec: { unschedulable: false } });
  await eventuallyHolds(async () => assert.deepEqual((await get("node")).spec?.taints, [own]));
});

test("when every node is lost nobody is evicted", async () => {
  await register("one");
  await register("two");
  await pass(120);
  await taintsBecome("one", "unreachable:NoSchedule");
  await taintsBecome("two", "unreachable:NoSchedule");
});

test("several lost nodes are evicted one every ten seconds", async () => {
  for (const name of ["a", "b", "c", "well-1", "well-2", "well-3"]) await register(name);
  await pass(50, "well-1", "well-2", "well-3");
  await pass(1);
  const evicted = async () => {
    const nodes = await Promise.all(["a", "b", "c"].map(get));
    return nodes.filter((node) => taintsOf(node).includes("unreachable:NoExecute")).length;
  };
  await eventuallyHolds(async () => assert.equal(await evicted(), 1));
  await pass(15, "well-1", "well-2", "well-3");
  await eventuallyHolds(async () => assert.equal(await evicted(), 2));
  await pass(15, "well-1", "well-2", "well-3");
  await eventuallyHolds(async () => assert.equal(await evicted(), 3));
});

test("nodes are announced and said goodbye to, and at rest nothing is written", async () => {
  await register("guest");
  await cluster.settle();
  await cluster.client.core.v1.nodes.delete("guest");
  await eventuallyHolds(async () => {
    const { items } = await cluster.client.core.v1.events.list({ fieldSelector: "involvedObject.name=guest" });
    assert.deepEqual(items.map(({ reason }) => reason).sort(), ["RegisteredNode", "RemovingNode"]);
  });
  await cluster.pass(200_000);
  await cluster.settle();
});
