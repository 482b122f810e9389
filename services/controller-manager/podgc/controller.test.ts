import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import { SimulatedClock } from "../../../lib/base/simulated-clock.ts";
import { isStatusError } from "../../../lib/base/status-error.ts";
import { eventuallyHolds, startTestCluster, type TestCluster } from "../testing/test-cluster.ts";
import { createPodGarbageCollector } from "./controller.ts";
import { excessFinished } from "./excess-finished.ts";

const namespace = "default";
const clock = new SimulatedClock();
let cluster: TestCluster;

before(async () => {
  cluster = await startTestCluster([createPodGarbageCollector], { clock });
});
after(() => cluster.close());

function createPod(name: string, nodeName?: string, finalizers?: string[]): Promise<Pod> {
  const spec = { nodeName, containers: [{ name: "c", image: "i" }] };
  return cluster.client.core.v1.pods.create({ metadata: { name, namespace, finalizers }, spec });
}

function get(name: string): Promise<Pod> {
  return cluster.client.core.v1.pods.get(name, { namespace });
}

function goes(name: string): Promise<void> {
  return eventuallyHolds(() => assert.rejects(get(name), (error) => isStatusError(error, "NotFound")));
}

function fails(name: string): Promise<void> {
  return eventuallyHolds(async () => assert.equal((await get(name)).status?.phase, "Failed"));
}

test("pods of a node that has been gone for 40 s go, marked as disrupted; others stay", async () => {
  await cluster.client.core.v1.nodes.create({ metadata: { name: "node-1" } });
  await cluster.client.core.v1.nodes.create({ metadata: { name: "node-2" } });
  await createPod("stays", "node-1");
  await createPod("orphan", "node-2");
  await createPod("held", "node-2", ["test/held"]);
  await createPod("unscheduled");
  await cluster.client.core.v1.nodes.delete("node-2");
  await cluster.pass(39_000);
  await cluster.settle();
  await get("orphan");
  await cluster.pass(2_000);
  await goes("orphan");
  await fails("held");
  const [condition] = (await get("held")).status?.conditions ?? [];
  assert.deepEqual(
    [condition?.type, condition?.status, condition?.reason, condition?.message],
    ["DisruptionTarget", "True", "DeletionByPodGC", "PodGC: node no longer exists"],
  );
  await get("stays");
  await get("unscheduled");
});

test("a node that comes back within its time keeps its pods", async () => {
  await createPod("lucky", "node-3");
  await cluster.pass(25_000);
  await cluster.client.core.v1.nodes.create({ metadata: { name: "node-3" } });
  await cluster.pass(60_000);
  await cluster.settle();
  await get("lucky");
});

test("a pod that is being deleted and never had a node is ended", async () => {
  await createPod("waiting", undefined, ["test/held"]);
  await cluster.client.core.v1.pods.delete("waiting", { namespace });
  await cluster.pass(21_000);
  await fails("waiting");
});

test("a pod that is being deleted goes when its node is out of service", async () => {
  const { nodes, pods } = cluster.client.core.v1;
  await nodes.create({ metadata: { name: "down" } });
  await createPod("ending", "down");
  await pods.delete("ending", { namespace, gracePeriodSeconds: 30 });
  await cluster.pass(61_000);
  await cluster.settle();
  await get("ending");
  const taint = { key: "node.kubernetes.io/out-of-service", value: "nodeshutdown", effect: "NoExecute" };
  await nodes.patch("down", { spec: { taints: [taint] } });
  await cluster.pass(21_000);
  await goes("ending");
});

test("of ended pods the evicted go first, then the oldest", () => {
  const pod = (name: string, creationTimestamp: string, status: Pod["status"]): Pod => ({
    metadata: { name, creationTimestamp },
    status,
  });
  const pods = [
    pod("young", "2026-01-03T00:00:00Z", { phase: "Succeeded" }),
    pod("old", "2026-01-01T00:00:00Z", { phase: "Failed" }),
    pod("evicted", "2026-01-02T00:00:00Z", { phase: "Failed", reason: "Evicted" }),
    pod("running", "2020-01-01T00:00:00Z", { phase: "Running" }),
  ];
  const names = (keep: number) => excessFinished(pods, keep).map((it) => it.metadata?.name);
  assert.deepEqual(names(3), []);
  assert.deepEqual(names(2), ["evicted"]);
  assert.deepEqual(names(1), ["evicted", "old"]);
});
