import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import type { ReplicationController } from "../../../gen/typernetes/core/v1/replication_controller.ts";
import { SimulatedClock } from "../../../lib/base/simulated-clock.ts";
import { createReplicaSetController } from "../replicaset/controller.ts";
import { eventuallyHolds, startTestCluster, type TestCluster } from "../testing/test-cluster.ts";
import { createReplicationController } from "./controller.ts";

const namespace = "default";
const clock = new SimulatedClock();
let cluster: TestCluster;

before(async () => {
  cluster = await startTestCluster([createReplicationController, createReplicaSetController], { clock });
  cluster.runPods();
});
after(() => cluster.close());

function create(name: string, spec: ReplicationController["spec"] = {}): Promise<ReplicationController> {
  const labels = { app: name };
  const template = { metadata: { labels }, spec: { containers: [{ name: "c", image: "v1" }] } };
  return cluster.client.core.v1.replicationcontrollers.create({
    metadata: { name, namespace },
    spec: { replicas: 2, selector: labels, template, ...spec },
  });
}

function get(name: string): Promise<ReplicationController> {
  return cluster.client.core.v1.replicationcontrollers.get(name, { namespace });
}

async function podsOf(name: string): Promise<readonly Pod[]> {
  return (await cluster.client.core.v1.pods.list({ namespace, labelSelector: `app=${name}` })).items;
}

async function availableBecomes(name: string, count: number): Promise<void> {
  await eventuallyHolds(async () => {
    const { status } = await get(name);
    assert.deepEqual([status?.availableReplicas ?? 0, status?.replicas], [count, count]);
    assert.equal((await podsOf(name)).length, count);
  });
}

test("makes its pods, and follows its scale up and down", async () => {
  await create("sized");
  await availableBecomes("sized", 2);
  const { status, metadata } = await get("sized");
  assert.deepEqual(
    [status?.readyReplicas, status?.fullyLabeledReplicas, status?.observedGeneration],
    [2, 2, metadata?.generation],
  );
  const [reference] = (await podsOf("sized"))[0]?.metadata?.ownerReferences ?? [];
  assert.deepEqual([reference?.apiVersion, reference?.kind, reference?.name], ["v1", "ReplicationController", "sized"]);
  const { replicationcontrollers } = cluster.client.core.v1;
  const scale = await replicationcontrollers.getScale("sized", { namespace });
  await replicationcontrollers.updateScale({ ...scale, spec: { replicas: 4 } });
  await availableBecomes("sized", 4);
  await replicationcontrollers.patch("sized", { spec: { replicas: 1 } }, { namespace });
  await availableBecomes("sized", 1);
});

test("adopts pods that its selector matches, and lets go of those that it does not match any more", async () => {
  const { pods } = cluster.client.core.v1;
  const orphan = await pods.create({
    metadata: { name: "orphan", namespace, labels: { app: "adopts" } },
    spec: { containers: [{ name: "c", image: "v1" }] },
  });
  await create("adopts", { replicas: 1 });
  await availableBecomes("adopts", 1);
  const adopted = await pods.get("orphan", { namespace });
  assert.equal(adopted.metadata?.uid, orphan.metadata?.uid);
  assert.equal(adopted.metadata?.ownerReferences?.[0]?.name, "adopts");
  await pods.patch("orphan", { metadata: { labels: { app: "free" } } }, { namespace });
  await availableBecomes("adopts", 1);
  assert.equal((await pods.get("orphan", { namespace })).metadata?.ownerReferences, undefined);
});

test("leaves pods to a replica set that has the same selector", async () => {
  const labels = { app: "shared" };
  const template = { metadata: { labels }, spec: { containers: [{ name: "c", image: "v1" }] } };
  await cluster.client.apps.v1.replicasets.create({
    metadata: { name: "shared", namespace },
    spec: { replicas: 2, selector: { matchLabels: labels }, template },
  });
  await create("shared", { replicas: 1 });
  await eventuallyHolds(async () => assert.equal((await podsOf("shared")).length, 3));
  await cluster.settle();
  assert.equal((await get("shared")).status?.replicas, 1);
});

test("says why pods cannot be made, and takes it back when no more are wanted", async () => {
  const strict = await startTestCluster([createReplicationController], { serviceAccounts: true, clock });
  try {
    const { replicationcontrollers } = strict.client.core.v1;
    const template = { metadata: { labels: { a: "b" } }, spec: { containers: [{ name: "c", image: "v1" }] } };
    await replicationcontrollers.create({
      metadata: { name: "refused", namespace },
      spec: { replicas: 1, selector: { a: "b" }, template },
    });
    await eventuallyHolds(async () => {
      const [failure] = (await replicationcontrollers.get("refused", { namespace })).status?.conditions ?? [];
      assert.deepEqual([failure?.type, failure?.status, failure?.reason], ["ReplicaFailure", "True", "FailedCreate"]);
    });
    await replicationcontrollers.patch("refused", { spec: { replicas: 0 } }, { namespace });
    await eventuallyHolds(async () => {
      const { status } = await replicationcontrollers.get("refused", { namespace });
      assert.equal(status?.conditions, undefined);
    });
  } finally {
    await strict.close();
  }
});

test("replication controllers at rest write nothing", () => cluster.settle());
