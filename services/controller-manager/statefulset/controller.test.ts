import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { StatefulSet } from "../../../gen/typernetes/apps/v1/stateful_set.ts";
import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import { SimulatedClock } from "../../../lib/base/simulated-clock.ts";
import { isStatusError } from "../../../lib/base/status-error.ts";
import { eventuallyHolds, startTestCluster, type TestCluster } from "../testing/test-cluster.ts";
import { createStatefulSetController } from "./controller.ts";

const namespace = "default";
const clock = new SimulatedClock();
let cluster: TestCluster;
/** Pods that do not become ready, by name. */
const held = new Set<string>();

before(async () => {
  cluster = await startTestCluster([createStatefulSetController], { clock });
  cluster.runPods(
    ({ metadata, spec, status }) =>
      spec?.containers?.[0]?.image !== "broken" && !held.has(metadata?.name ?? "") && status?.phase !== "Failed",
  );
});
after(() => cluster.close());

function create(name: string, spec: StatefulSet["spec"] = {}): Promise<StatefulSet> {
  const labels = { app: name };
  const template = { metadata: { labels }, spec: { containers: [{ name: "c", image: "v1" }] } };
  return cluster.client.apps.v1.statefulsets.create({
    metadata: { name, namespace },
    spec: { replicas: 3, serviceName: name, selector: { matchLabels: labels }, template, ...spec },
  });
}

function get(name: string): Promise<StatefulSet> {
  return cluster.client.apps.v1.statefulsets.get(name, { namespace });
}

function patch(name: string, spec: object): Promise<StatefulSet> {
  return cluster.client.apps.v1.statefulsets.patch(name, { spec }, { namespace });
}

function setImage(name: string, image: string): Promise<StatefulSet> {
  return patch(name, { template: { spec: { containers: [{ name: "c", image }] } } });
}

/** By name. */
async function podsOf(name: string): Promise<Pod[]> {
  const { items } = await cluster.client.core.v1.pods.list({ namespace, labelSelector: `app=${name}` });
  return [...items].sort((left, right) => ((left.metadata?.name ?? "") < (right.metadata?.name ?? "") ? -1 : 1));
}

/** `v1 v1 v2`, by ordinal. */
async function imagesOf(name: string): Promise<string> {
  return (await podsOf(name)).map((pod) => pod.spec?.containers?.[0]?.image).join(" ");
}

async function namesOf(name: string): Promise<string> {
  return (await podsOf(name)).map(({ metadata }) => metadata?.name).join(" ");
}

function namesBecome(name: string, names: string): Promise<void> {
  return eventuallyHolds(async () => assert.equal(await namesOf(name), names));
}

function imagesBecome(name: string, images: string): Promise<void> {
  return eventuallyHolds(async () => assert.equal(await imagesOf(name), images));
}

function readyBecomes(name: string, count: number): Promise<void> {
  return eventuallyHolds(async () => {
    const { status, metadata } = await get(name);
    assert.deepEqual([status?.readyReplicas ?? 0, status?.replicas], [count, count]);
    assert.equal(status?.observedGeneration, metadata?.generation);
  });
}

async function makeReady(name: string): Promise<void> {
  held.delete(name);
  const pod = await cluster.client.core.v1.pods.get(name, { namespace });
  const conditions = [{ type: "Ready", status: "True" }];
  await cluster.client.core.v1.pods.updateStatus({ ...pod, status: { phase: "Running", conditions } });
}

async function makeUnready(name: string): Promise<void> {
  const pod = await cluster.client.core.v1.pods.get(name, { namespace });
  const conditions = [{ type: "Ready", status: "False" }];
  await cluster.client.core.v1.pods.updateStatus({ ...pod, status: { phase: "Running", conditions } });
}

test("pods come one after the other, each with a name, a host name and labels of its own", async () => {
  held.add("order-1");
  await create("order");
  await namesBecome("order", "order-0 order-1");
  await cluster.settle();
  assert.equal(await namesOf("order"), "order-0 order-1");
  await makeReady("order-1");
  await readyBecomes("order", 3);
  const pod = (await podsOf("order"))[2];
  const { status } = await get("order");
  assert.deepEqual(pod?.metadata?.labels, {
    app: "order",
    "apps.kubernetes.io/pod-index": "2",
    "controller-revision-hash": status?.currentRevision,
    "statefulset.kubernetes.io/pod-name": "order-2",
  });
  assert.deepEqual([pod?.spec?.hostname, pod?.spec?.subdomain], ["order-2", "order"]);
  assert.deepEqual(
    [status?.currentReplicas, status?.updatedReplicas, status?.availableReplicas, status?.updateRevision],
    [3, 3, 3, status?.currentRevision],
  );
});

test("in order, scaling halts while a pod is not healthy, both up and down", async () => {
  await create("halts", { replicas: 2 });
  await readyBecomes("halts", 2);
  await makeUnready("halts-0");
  await patch("halts", { replicas: 3 });
  await cluster.settle();
  assert.equal(await namesOf("halts"), "halts-0 halts-1");
  await makeReady("halts-0");
  await readyBecomes("halts", 3);
  const all = ["halts-0", "halts-1", "halts-2"];
  for (const name of all) await makeUnready(name);
  await eventuallyHolds(async () => assert.equal((await get("halts")).status?.readyReplicas ?? 0, 0));
  await patch("halts", { replicas: 0 });
  await cluster.settle();
  assert.equal(await namesOf("halts"), "halts-0 halts-1 halts-2");
  // One that is ready may be gone, or on its way, before the next one is.
  for (const name of all.toReversed())
    await makeReady(name).catch((error) => assert.ok(isStatusError(error, "NotFound", "Conflict"), error));
  await namesBecome("halts", "");
  await readyBecomes("halts", 0);
});

test("in parallel, pods come and go at once, healthy or not", async () => {
  for (const ordinal of [0, 1, 2, 3]) held.add(`burst-${ordinal}`);
  await create("burst", { podManagementPolicy: "Parallel" });
  await namesBecome("burst", "burst-0 burst-1 burst-2");
  await patch("burst", { replicas: 4 });
  await namesBecome("burst", "burst-0 burst-1 burst-2 burst-3");
  await patch("burst", { replicas: 0 });
  await namesBecome("burst", "");
});

test("a pod that is deleted or has failed comes back under its name", async () => {
  await create("heal");
  await readyBecomes("heal", 3);
  const [first, second] = await podsOf("heal");
  await cluster.client.core.v1.pods.delete("heal-0", { namespace });
  await cluster.client.core.v1.pods.updateStatus({ ...second, status: { phase: "Failed" } });
  await eventuallyHolds(async () => {
    const pods = await podsOf("heal");
    assert.ok(pods.length === 3 && pods.every(({ status }) => status?.phase === "Running"));
    const uids = pods.map(({ metadata }) => metadata?.uid);
    assert.ok(!uids.includes(first?.metadata?.uid) && !uids.includes(second?.metadata?.uid));
  });
});

test("a new template goes from the highest ordinal down to the partition, and then to the rest", async () => {
  const updateStrategy = { type: "RollingUpdate", rollingUpdate: { partition: 2 } };
  await create("rolls", { updateStrategy });
  await readyBecomes("rolls", 3);
  const { currentRevision } = (await get("rolls")).status ?? {};
  await setImage("rolls", "v2");
  await imagesBecome("rolls", "v1 v1 v2");
  await readyBecomes("rolls", 3);
  await eventuallyHolds(async () => {
    const { status: half } = await get("rolls");
    assert.deepEqual([half?.currentRevision, half?.currentReplicas, half?.updatedReplicas], [currentRevision, 2, 1]);
  });
  const { status } = await get("rolls");
  assert.notEqual(status?.updateRevision, currentRevision);
  for (const name of ["rolls-0", "rolls-2"]) await cluster.client.core.v1.pods.delete(name, { namespace });
  await readyBecomes("rolls", 3);
  await imagesBecome("rolls", "v1 v1 v2");
  await patch("rolls", { updateStrategy: { rollingUpdate: { partition: 0 } } });
  await imagesBecome("rolls", "v2 v2 v2");
  await eventuallyHolds(async () => {
    const { status: done } = await get("rolls");
    assert.deepEqual([done?.currentRevision, done?.currentReplicas], [status?.updateRevision, 3]);
  });
});

test("goes back to an old revision, which is then the newest again; the history is kept short", async () => {
  await create("back", { revisionHistoryLimit: 1 });
  await readyBecomes("back", 3);
  const { currentRevision: first } = (await get("back")).status ?? {};
  for (const image of ["v2", "v1", "v3", "v4"]) {
    await setImage("back", image);
    await imagesBecome("back", `${image} ${image} ${image}`);
    await eventuallyHolds(async () => {
      const { status } = await get("back");
      assert.equal(status?.currentRevision, status?.updateRevision);
      if (image === "v1") assert.equal(status?.currentRevision, first);
    });
  }
  await eventuallyHolds(async () => {
    const { controllerrevisions } = cluster.client.apps.v1;
    const { items } = await controllerrevisions.list({ namespace, labelSelector: "app=back" });
    assert.deepEqual(items.map(({ revision = 0 }) => revision).sort(), [4, 5]);
  });
});

test("a broken rollout stops at the first pod, and goes on when the template is mended and that pod deleted", async () => {
  await create("mends");
  await readyBecomes("mends", 3);
  await setImage("mends", "broken");
  await imagesBecome("mends", "v1 v1 broken");
  await cluster.settle();
  assert.equal(await imagesOf("mends"), "v1 v1 broken");
  await setImage("mends", "v2");
  // A pod that is made anew before the controller knows better is of the broken template, and stays.
  await cluster.settle();
  await cluster.client.core.v1.pods.delete("mends-2", { namespace });
  await imagesBecome("mends", "v2 v2 v2");
});

test("a broken rollout in parallel goes on when the template is mended", async () => {
  await create("parallel", { podManagementPolicy: "Parallel" });
  await readyBecomes("parallel", 3);
  await setImage("parallel", "broken");
  await imagesBecome("parallel", "v1 v1 broken");
  await cluster.settle();
  assert.equal(await imagesOf("parallel"), "v1 v1 broken");
  await setImage("parallel", "v2");
  await imagesBecome("parallel", "v2 v2 v2");
});

test("with OnDelete, pods are of the new template when somebody deletes the old ones", async () => {
  await create("manual", { updateStrategy: { type: "OnDelete" } });
  await readyBecomes("manual", 3);
  await setImage("manual", "v2");
  await cluster.settle();
  assert.equal(await imagesOf("manual"), "v1 v1 v1");
  await cluster.client.core.v1.pods.delete("manual-1", { namespace });
  await imagesBecome("manual", "v1 v2 v1");
});

const volumeClaimTemplates = [
  {
    metadata: { name: "data" },
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
  },
];

function claims() {
  return cluster.client.core.v1.persistentvolumeclaims;
}

async function claimOwners(name: string): Promise<string[]> {
  const { metadata } = await claims().get(name, { namespace });
  return (metadata?.ownerReferences ?? []).map((owner) => `${owner.kind}/${owner.name}`);
}

test("each pod has claims of its own, which outlive it", async () => {
  await create("store", { replicas: 2, volumeClaimTemplates, ordinals: { start: 5 } });
  await readyBecomes("store", 2);
  assert.equal(await namesOf("store"), "store-5 store-6");
  const [pod] = await podsOf("store");
  assert.equal(pod?.spec?.volumes?.[0]?.persistentVolumeClaim?.claimName, "data-store-5");
  const claim = await claims().get("data-store-5", { namespace });
  assert.deepEqual([claim.metadata?.labels, claim.metadata?.ownerReferences], [{ app: "store" }, undefined]);
  await patch("store", { replicas: 1 });
  await readyBecomes("store", 1);
  assert.deepEqual(await claimOwners("data-store-6"), []);
  await patch("store", { ordinals: { start: 6 } });
  await namesBecome("store", "store-6");
});

test("claims go with the set or with pods that are scaled away, as the retention policy says", async () => {
  const persistentVolumeClaimRetentionPolicy = { whenDeleted: "Delete", whenScaled: "Delete" };
  await create("retain", { replicas: 2, volumeClaimTemplates, persistentVolumeClaimRetentionPolicy });
  await readyBecomes("retain", 2);
  for (const name of ["data-retain-0", "data-retain-1"])
    assert.deepEqual(await claimOwners(name), ["StatefulSet/retain"]);
  await patch("retain", { replicas: 1 });
  await namesBecome("retain", "retain-0");
  assert.deepEqual(await claimOwners("data-retain-1"), ["Pod/retain-1"]);
  await patch("retain", { replicas: 2 });
  await cluster.settle();
  assert.equal(await namesOf("retain"), "retain-0");
  await claims().delete("data-retain-1", { namespace });
  const claim = await claims()
    .get("data-retain-1", { namespace })
    .catch(() => undefined);
  if (claim) await claims().patch("data-retain-1", { metadata: { finalizers: null } }, { namespace });
  await eventuallyHolds(async () => {
    await cluster.pass(1_000);
    assert.equal(await namesOf("retain"), "retain-0 retain-1");
  });
  await patch("retain", { persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain", whenScaled: "Retain" } });
  await eventuallyHolds(async () => assert.deepEqual(await claimOwners("data-retain-0"), []));
});

test("the next pod comes when the one before has been ready for minReadySeconds", async () => {
  await create("slow", { replicas: 2, minReadySeconds: 30 });
  await namesBecome("slow", "slow-0");
  await cluster.settle();
  assert.equal(await namesOf("slow"), "slow-0");
  await cluster.pass(31_000);
  await namesBecome("slow", "slow-0 slow-1");
  await cluster.pass(31_000);
  await eventuallyHolds(async () => assert.equal((await get("slow")).status?.availableReplicas, 2));
});

test("adopts a pod that has one of its names", async () => {
  await cluster.client.core.v1.pods.create({
    metadata: { name: "adopts-0", namespace, labels: { app: "adopts" } },
    spec: { containers: [{ name: "c", image: "v1" }] },
  });
  await create("adopts", { replicas: 1, updateStrategy: { type: "OnDelete" } });
  await readyBecomes("adopts", 1);
  const pod = await cluster.client.core.v1.pods.get("adopts-0", { namespace });
  assert.equal(pod.metadata?.ownerReferences?.[0]?.kind, "StatefulSet");
});

test("stateful sets at rest write nothing", () => cluster.settle());
