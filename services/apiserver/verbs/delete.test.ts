import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { PodServiceDefinition } from "../../../gen/typernetes/core/v1/pod.ts";
import type { Client } from "../../../lib/client/client.ts";
import { startTestApiserver, type TestApiserver } from "../test-harness.ts";

let server: TestApiserver;
let client: Client;
const namespace = "default";
const spec = { containers: [{ name: "c", image: "i" }] };

before(async () => {
  server = await startTestApiserver();
  client = server.client();
});
after(() => server.close());

function running(name: string, nodeName: string | undefined = "n1", labels = {}) {
  return client.core.v1.pods.create({
    metadata: { name, namespace, labels },
    spec: { ...spec, ...(nodeName && { nodeName }) },
  });
}

test("a pod on a node goes when its time is up, or when the kubelet says so", async () => {
  const { pods } = client.core.v1;
  await running("graceful");
  const marked = await pods.delete("graceful", { namespace });
  assert.equal(marked.metadata?.deletionGracePeriodSeconds, 30);
  const first = Date.parse(marked.metadata?.deletionTimestamp ?? "");
  const shorter = await pods.delete("graceful", { namespace, gracePeriodSeconds: 5 });
  assert.equal(shorter.metadata?.deletionGracePeriodSeconds, 5);
  assert.equal(Date.parse(shorter.metadata?.deletionTimestamp ?? ""), first - 25_000);
  const longer = await pods.delete("graceful", { namespace, gracePeriodSeconds: 60 });
  assert.equal(longer.metadata?.resourceVersion, shorter.metadata?.resourceVersion);
  await pods.delete("graceful", { namespace, gracePeriodSeconds: 0 });
  await assert.rejects(pods.get("graceful", { namespace }), { reason: "NotFound" });
});

test("a pod without a node goes at once", async () => {
  await running("unassigned", "");
  await client.core.v1.pods.delete("unassigned", { namespace });
  await assert.rejects(client.core.v1.pods.get("unassigned", { namespace }), { reason: "NotFound" });
});

test("finalizers keep an object until the last one is gone", async () => {
  const { configmaps } = client.core.v1;
  await configmaps.create({ metadata: { name: "kept", namespace, finalizers: ["example.com/a"] } });
  const marked = await configmaps.delete("kept", { namespace });
  assert.ok(marked.metadata?.deletionTimestamp);
  const added = { ...marked, metadata: { ...marked.metadata, finalizers: ["example.com/a", "example.com/b"] } };
  await assert.rejects(configmaps.update(added), { reason: "Invalid", message: /no new finalizers can be added/ });
  await configmaps.update({ ...marked, metadata: { ...marked.metadata, finalizers: [] } });
  await assert.rejects(configmaps.get("kept", { namespace }), { reason: "NotFound" });
});

test("jobs and replication controllers leave their pods behind unless the deletion says otherwise", async () => {
  const { jobs } = client.batch.v1;
  const template = { spec: { ...spec, restartPolicy: "Never" } };
  const make = (name: string, finalizers: string[] = []) =>
    jobs.create({ metadata: { name, namespace, finalizers }, spec: { template } });
  await make("left");
  assert.deepEqual((await jobs.delete("left", { namespace })).metadata?.finalizers, ["orphan"]);
  await make("said", ["foregroundDeletion"]);
  assert.deepEqual((await jobs.delete("said", { namespace })).metadata?.finalizers, ["foregroundDeletion"]);
  await make("cleaned");
  await jobs.delete("cleaned", { namespace, propagationPolicy: "Background" });
  await assert.rejects(jobs.get("cleaned", { namespace }), { reason: "NotFound" });
  const { replicationcontrollers } = client.core.v1;
  const labelled = { metadata: { labels: { a: "b" } }, spec };
  await replicationcontrollers.create({ metadata: { name: "left", namespace }, spec: { template: labelled } });
  const controller = await replicationcontrollers.delete("left", { namespace });
  assert.deepEqual(controller.metadata?.finalizers, ["orphan"]);
});

test("the propagation policy becomes a finalizer", async () => {
  const { configmaps } = client.core.v1;
  for (const [propagationPolicy, finalizer] of [
    ["Foreground", "foregroundDeletion"],
    ["Orphan", "orphan"],
  ] as const) {
    const name = propagationPolicy.toLowerCase();
    await configmaps.create({ metadata: { name, namespace } });
    const marked = await configmaps.delete(name, { namespace, propagationPolicy });
    assert.deepEqual(marked.metadata?.finalizers, [finalizer]);
  }
  await configmaps.create({ metadata: { name: "background", namespace } });
  await configmaps.delete("background", { namespace, propagationPolicy: "Background" });
  await assert.rejects(configmaps.get("background", { namespace }), { reason: "NotFound" });
  await assert.rejects(configmaps.delete("orphan", { namespace, propagationPolicy: "Sideways" }), {
    reason: "Invalid",
  });
});

test("preconditions protect another object of the same name", async () => {
  const { configmaps } = client.core.v1;
  const made = await configmaps.create({ metadata: { name: "mine", namespace } });
  const wrong = { namespace, preconditions: { uid: "other" } };
  await assert.rejects(configmaps.delete("mine", wrong), {
    reason: "Conflict",
    message: /Precondition failed: UID in precondition: other, UID in object meta: /,
  });
  await assert.rejects(configmaps.delete("mine", { namespace, preconditions: { resourceVersion: "1" } }), {
    reason: "Conflict",
  });
  await configmaps.delete("mine", { namespace, preconditions: { uid: made.metadata?.uid } });
});

test("a collection is deleted by its selector", async () => {
  const { configmaps } = client.core.v1;
  const make = (name: string, app: string) => configmaps.create({ metadata: { name, namespace, labels: { app } } });
  await Promise.all([make("c1", "gone"), make("c2", "gone"), make("c3", "stays")]);
  await configmaps.deleteCollection({ namespace, listOptions: { labelSelector: "app=gone" } });
  const left = await configmaps.list({ namespace, labelSelector: "app" });
  assert.deepEqual(
    left.items.map((item) => item.metadata?.name),
    ["c3"],
  );
});

test("the system's namespaces stay", async () => {
  await assert.rejects(client.core.v1.namespaces.delete("kube-system"), { reason: "Forbidden" });
});

test("an eviction needs room in the disruption budget", async () => {
  const { pods } = client.core.v1;
  const { poddisruptionbudgets } = client.policy.v1;
  const labels = { app: "guarded" };
  const pod = await running("guarded", "n1", labels);
  const conditions = [{ type: "Ready", status: "True" }];
  await pods.updateStatus({ ...pod, status: { phase: "Running", conditions } });
  const budget = await poddisruptionbudgets.create({
    metadata: { name: "b", namespace },
    spec: { selector: { matchLabels: labels }, minAvailable: 1 },
  });
  const status = {
    observedGeneration: budget.metadata?.generation,
    disruptionsAllowed: 0,
    currentHealthy: 1,
    desiredHealthy: 1,
    expectedPods: 1,
  };
  const full = await poddisruptionbudgets.updateStatus({ ...budget, status });
  const eviction = { metadata: { name: "guarded", namespace } };
  await assert.rejects(client.call(PodServiceDefinition, "evict", { eviction }), {
    reason: "TooManyRequests",
    message: "Cannot evict pod as it would violate the pod's disruption budget.",
  });
  await poddisruptionbudgets.updateStatus({ ...full, status: { ...status, disruptionsAllowed: 1 } });
  await client.call(PodServiceDefinition, "evict", { eviction });
  assert.ok((await pods.get("guarded", { namespace })).metadata?.deletionTimestamp);
  const used = await poddisruptionbudgets.get("b", { namespace });
  assert.deepEqual([used.status?.disruptionsAllowed, Object.keys(used.status?.disruptedPods ?? {})], [0, ["guarded"]]);
});
