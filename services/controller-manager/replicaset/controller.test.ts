import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { ReplicaSet } from "../../../gen/typernetes/apps/v1/replica_set.ts";
import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import { SimulatedClock } from "../../../lib/base/simulated-clock.ts";
import { eventuallyHolds, startTestCluster, type TestCluster } from "../testing/test-cluster.ts";
import { createReplicaSetController } from "./controller.ts";

const namespace = "default";
const clock = new SimulatedClock();
let cluster: TestCluster;

before(async () => {
  cluster = await startTestCluster([createReplicaSetController], { clock });
  cluster.runPods((pod) => pod.spec?.containers?.[0]?.image !== "broken");
});
after(() => cluster.close());

const template = (app: string, image = "v1") => ({
  metadata: { labels: { app } },
  spec: { containers: [{ name: "c", image }] },
});

function replicaSet(name: string, spec: ReplicaSet["spec"] = {}): ReplicaSet {
  const selector = { matchLabels: { app: name } };
  return { metadata: { name, namespace }, spec: { replicas: 2, selector, template: template(name), ...spec } };
}

function create(name: string, spec: ReplicaSet["spec"] = {}): Promise<ReplicaSet> {
  return cluster.client.apps.v1.replicasets.create(replicaSet(name, spec));
}

function get(name: string): Promise<ReplicaSet> {
  return cluster.client.apps.v1.replicasets.get(name, { namespace });
}

async function podsOf(name: string): Promise<readonly Pod[]> {
  return (await cluster.client.core.v1.pods.list({ namespace, labelSelector: `app=${name}` })).items;
}

function podCountBecomes(name: string, count: number): Promise<void> {
  return eventuallyHolds(async () => assert.equal((await podsOf(name)).length, count));
}

function availableBecomes(name: string, count: number): Promise<void> {
  return eventuallyHolds(async () => assert.equal((await get(name)).status?.availableReplicas ?? 0, count));
}

function scale(name: string, replicas: number): Promise<ReplicaSet> {
  return cluster.client.apps.v1.replicasets.patch(name, { spec: { replicas } }, { namespace });
}

test("makes as many pods as wanted, no more, and counts them", async () => {
  await create("many", { replicas: 30 });
  await availableBecomes("many", 30);
  assert.equal((await podsOf("many")).length, 30);
  const { status, metadata } = await get("many");
  assert.deepEqual(
    [status?.replicas, status?.readyReplicas, status?.fullyLabeledReplicas, status?.observedGeneration],
    [30, 30, 30, metadata?.generation],
  );
  const [pod] = await podsOf("many");
  assert.match(pod?.metadata?.name ?? "", /^many-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
  assert.deepEqual(pod?.metadata?.ownerReferences, [
    {
      apiVersion: "apps/v1",
      kind: "ReplicaSet",
      name: "many",
      uid: metadata?.uid,
      controller: true,
      blockOwnerDeletion: true,
    },
  ]);
});

test("removes what is too much, pods that are not ready first", async () => {
  await create("fewer", { template: template("fewer", "broken") });
  await podCountBecomes("fewer", 2);
  const [healthy] = await podsOf("fewer");
  await cluster.client.core.v1.pods.updateStatus({
    ...healthy,
    status: { phase: "Running", conditions: [{ type: "Ready", status: "True" }] },
  });
  await eventuallyHolds(async () => assert.equal((await get("fewer")).status?.readyReplicas, 1));
  await scale("fewer", 1);
  await podCountBecomes("fewer", 1);
  assert.equal((await podsOf("fewer"))[0]?.metadata?.name, healthy?.metadata?.name);
});

test("replaces pods that are deleted and pods that have failed", async () => {
  await create("heal");
  await availableBecomes("heal", 2);
  const [one, other] = await podsOf("heal");
  await cluster.client.core.v1.pods.delete(one?.metadata?.name ?? "", { namespace });
  await cluster.client.core.v1.pods.updateStatus({ ...other, status: { phase: "Failed" } });
  await eventuallyHolds(async () => {
    const running = (await podsOf("heal")).filter((pod) => pod.status?.phase === "Running");
    assert.equal(running.length, 2);
    assert.ok(running.every(({ metadata }) => metadata?.uid !== one?.metadata?.uid));
  });
});

test("adopts pods that its selector matches, and lets go of those that it does not match any more", async () => {
  const { pods } = cluster.client.core.v1;
  const orphan = await pods.create({ metadata: { name: "orphan", namespace, labels: { app: "adopt" } }, ...spec() });
  await create("adopt");
  await availableBecomes("adopt", 2);
  assert.equal((await podsOf("adopt")).length, 2);
  const adopted = await pods.get("orphan", { namespace });
  assert.equal(adopted.metadata?.uid, orphan.metadata?.uid);
  assert.equal(adopted.metadata?.ownerReferences?.[0]?.name, "adopt");
  await pods.patch("orphan", { metadata: { labels: { app: "free" } } }, { namespace });
  await podCountBecomes("adopt", 2);
  await eventuallyHolds(async () => {
    const released = await pods.get("orphan", { namespace });
    assert.equal(released.metadata?.ownerReferences, undefined);
  });
});

function spec(): Pick<Pod, "spec"> {
  return { spec: { containers: [{ name: "c", image: "v1" }] } };
}

test("a pod counts as available when it has been ready for minReadySeconds", async () => {
  await create("patient", { minReadySeconds: 30 });
  await eventuallyHolds(async () => assert.equal((await get("patient")).status?.readyReplicas, 2));
  await cluster.settle();
  assert.equal((await get("patient")).status?.availableReplicas ?? 0, 0);
  await cluster.pass(31_000);
  await availableBecomes("patient", 2);
});

test("replica sets at rest write nothing", () => cluster.settle());

test("says once why pods cannot be made, and makes them when they can be", async () => {
  const strict = await startTestCluster([createReplicaSetController], { serviceAccounts: true, clock });
  try {
    const { replicasets } = strict.client.apps.v1;
    await replicasets.create(replicaSet("refused"));
    await eventuallyHolds(async () => {
      const { status } = await replicasets.get("refused", { namespace });
      const [failure] = status?.conditions ?? [];
      assert.deepEqual([failure?.type, failure?.status, failure?.reason], ["ReplicaFailure", "True", "FailedCreate"]);
      assert.match(failure?.message ?? "", /service account|serviceaccount/);
    });
    await strict.settle();
    await strict.client.core.v1.serviceaccounts.create({ metadata: { name: "default", namespace } });
    await strict.pass(20_000);
    await eventuallyHolds(async () => {
      await strict.pass(1_000);
      const { status } = await replicasets.get("refused", { namespace });
      assert.deepEqual([status?.replicas, status?.conditions], [2, undefined]);
    });
  } finally {
    await strict.close();
  }
});
