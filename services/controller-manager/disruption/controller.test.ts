import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { PodServiceDefinition } from "../../../gen/typernetes/core/v1/pod.ts";
import type { PodDisruptionBudgetSpec } from "../../../gen/typernetes/policy/v1/pod_disruption_budget.ts";
import { SimulatedClock } from "../../../lib/base/simulated-clock.ts";
import { createDeploymentController } from "../deployment/controller.ts";
import { createReplicaSetController } from "../replicaset/controller.ts";
import { eventuallyHolds, startTestCluster } from "../testing/test-cluster.ts";
import { createDisruptionController } from "./controller.ts";

const namespace = "default";
const labels = { app: "web" };

async function start(t: TestContext, spec: PodDisruptionBudgetSpec, replicas = 4) {
  const clock = new SimulatedClock(Date.now());
  const controllers = [createDisruptionController, createDeploymentController, createReplicaSetController];
  const cluster = await startTestCluster(controllers, { clock });
  t.after(() => cluster.close());
  cluster.runPods((pod) => pod.metadata?.labels?.["sick"] === undefined);
  const { client } = cluster;
  const template = { metadata: { labels }, spec: { containers: [{ name: "c", image: "i" }] } };
  await client.apps.v1.deployments.create({
    metadata: { name: "web", namespace },
    spec: { replicas, selector: { matchLabels: labels }, template },
  });
  const { poddisruptionbudgets } = client.policy.v1;
  await poddisruptionbudgets.create({
    metadata: { name: "web", namespace },
    spec: { selector: { matchLabels: labels }, ...spec },
  });
  const status = async () => (await poddisruptionbudgets.get("web", { namespace })).status;
  const podNames = async () =>
    (await client.core.v1.pods.list({ namespace })).items.map((pod) => pod.metadata?.name ?? "").sort();
  return {
    ...{ clock, cluster, status, podNames },
    evict: (name: string) =>
      client.call(PodServiceDefinition, "evict", { eviction: { metadata: { name, namespace } } }),
    countsBecome: (expected: number, desired: number, healthy: number, allowed: number) =>
      eventuallyHolds(async () => {
        const { expectedPods, desiredHealthy, currentHealthy, disruptionsAllowed } = (await status()) ?? {};
        const counts = [expectedPods, desiredHealthy, currentHealthy, disruptionsAllowed];
        assert.deepEqual(counts, [expected, desired, healthy, allowed]);
      }),
  };
}

test("a budget tells how many pods may go, and evictions keep to it", async (t) => {
  const { countsBecome, status, evict, podNames, clock } = await start(t, { minAvailable: 4 });
  await countsBecome(4, 4, 4, 0);
  const [condition] = (await status())?.conditions ?? [];
  assert.deepEqual(
    [condition?.type, condition?.status, condition?.reason],
    ["DisruptionAllowed", "False", "InsufficientPods"],
  );
  const [name = ""] = await podNames();
  await assert.rejects(evict(name), {
    reason: "TooManyRequests",
    message: "Cannot evict pod as it would violate the pod's disruption budget.",
  });
  assert.ok(clock.pending >= 0);
});

test("a share of what the deployment wants must stay, rounded up", async (t) => {
  const { countsBecome, evict, podNames, status } = await start(t, { minAvailable: "70%" });
  await countsBecome(4, 3, 4, 1);
  assert.equal((await status())?.conditions?.[0]?.reason, "SufficientPods");
  const [first = ""] = await podNames();
  await evict(first);
  await eventuallyHolds(async () => assert.ok(!(await podNames()).includes(first)));
  await countsBecome(4, 3, 4, 1);
  await eventuallyHolds(async () => assert.equal((await status())?.disruptedPods, undefined));
});

test("a share may be missing, rounded up", async (t) => {
  const { countsBecome } = await start(t, { maxUnavailable: "30%" });
  await countsBecome(4, 2, 4, 2);
});

test("pods without a controller cannot be counted as a share", async (t) => {
  const { cluster, countsBecome } = await start(t, { maxUnavailable: 1 }, 1);
  await cluster.client.core.v1.pods.create({
    metadata: { name: "bare", namespace, labels },
    spec: { containers: [{ name: "c", image: "i" }] },
  });
  await countsBecome(1, 0, 2, 2);
  await eventuallyHolds(async () => {
    const { items } = await cluster.client.core.v1.events.list({ namespace });
    assert.ok(items.some(({ reason }) => reason === "UnmanagedPods"));
  });
});

test("pods of an owner that is not there stop evictions", async (t) => {
  const { cluster, status } = await start(t, { maxUnavailable: 1 }, 0);
  const owner = { apiVersion: "apps/v1", kind: "ReplicaSet", name: "gone", uid: "gone", controller: true };
  await cluster.client.core.v1.pods.create({
    metadata: { name: "orphan", namespace, labels, ownerReferences: [owner] },
    spec: { containers: [{ name: "c", image: "i" }] },
  });
  await eventuallyHolds(async () => {
    const { disruptionsAllowed, conditions } = (await status()) ?? {};
    assert.equal(disruptionsAllowed, 0);
    assert.deepEqual(
      [conditions?.[0]?.reason, conditions?.[0]?.message],
      ["SyncFailed", 'found no controllers for pod "orphan"'],
    );
  });
});

test("an eviction that deletes nothing is forgotten after two minutes, and so is what the pod says about it", async (t) => {
  const { cluster, clock, countsBecome, podNames, status } = await start(t, { minAvailable: 1 }, 2);
  await countsBecome(2, 1, 2, 1);
  const { client } = cluster;
  const budget = await client.policy.v1.poddisruptionbudgets.get("web", { namespace });
  const [name = ""] = await podNames();
  const since = new Date(clock.now()).toISOString();
  const disruptedPods = { [name]: since };
  await client.policy.v1.poddisruptionbudgets.updateStatus({ ...budget, status: { ...budget.status, disruptedPods } });
  const conditions = [
    { type: "DisruptionTarget", status: "True", lastTransitionTime: since, reason: "EvictionByEvictionAPI" },
  ];
  await client.core.v1.pods.patch(name, { status: { conditions } }, { namespace, subresource: "status" });
  await countsBecome(2, 1, 1, 0);
  await cluster.pass(2 * 60_000 + 2_000);
  await countsBecome(2, 1, 2, 1);
  assert.equal((await status())?.disruptedPods, undefined);
  await eventuallyHolds(async () => {
    const pod = await client.core.v1.pods.get(name, { namespace });
    assert.equal(pod.status?.conditions?.find(({ type }) => type === "DisruptionTarget")?.status, "False");
  });
});

test("an evicted pod says why it ends", async (t) => {
  const { cluster, evict } = await start(t, { minAvailable: 0 }, 0);
  const { pods } = cluster.client.core.v1;
  await pods.create({
    metadata: { name: "going", namespace, finalizers: ["example.com/held"] },
    spec: { nodeName: "n", containers: [{ name: "c", image: "i" }] },
  });
  await evict("going");
  const { metadata, status } = await pods.get("going", { namespace });
  assert.ok(metadata?.deletionTimestamp);
  const condition = status?.conditions?.find(({ type }) => type === "DisruptionTarget");
  assert.deepEqual([condition?.status, condition?.reason], ["True", "EvictionByEvictionAPI"]);
});
