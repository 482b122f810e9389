import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import type { DaemonSet } from "../../../gen/typernetes/apps/v1/daemon_set.ts";
import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import { SimulatedClock } from "../../../lib/base/simulated-clock.ts";
import { eventuallyHolds, startTestCluster, type TestCluster } from "../testing/test-cluster.ts";
import { createDaemonSetController } from "./controller.ts";
import { targetNode } from "./daemon-pod.ts";

const namespace = "default";
const clock = new SimulatedClock();
let cluster: TestCluster;

before(async () => {
  cluster = await startTestCluster([createDaemonSetController], { clock });
  cluster.runPods((pod) => pod.spec?.containers?.[0]?.image !== "broken" && pod.status?.phase !== "Failed");
});
after(() => cluster.close());

const nodeNames = ["n1", "n2", "n3"];
beforeEach(async () => {
  const { nodes } = cluster.client.core.v1;
  const { items } = await nodes.list();
  for (const { metadata } of items)
    if (!nodeNames.includes(metadata?.name ?? "")) await nodes.delete(metadata?.name ?? "");
  for (const name of nodeNames)
    if (!items.some((node) => node.metadata?.name === name)) await nodes.create({ metadata: { name } });
});

function daemonSet(name: string, spec: DaemonSet["spec"] = {}, pod: Pod["spec"] = {}): DaemonSet {
  const labels = { app: name };
  const template = { metadata: { labels }, spec: { containers: [{ name: "c", image: "v1" }], ...pod } };
  return { metadata: { name, namespace }, spec: { selector: { matchLabels: labels }, template, ...spec } };
}

function create(name: string, spec: DaemonSet["spec"] = {}, pod: Pod["spec"] = {}): Promise<DaemonSet> {
  return cluster.client.apps.v1.daemonsets.create(daemonSet(name, spec, pod));
}

function get(name: string): Promise<DaemonSet> {
  return cluster.client.apps.v1.daemonsets.get(name, { namespace });
}

async function podsOf(name: string): Promise<Pod[]> {
  const { items } = await cluster.client.core.v1.pods.list({ namespace, labelSelector: `app=${name}` });
  return items.filter((pod) => !pod.metadata?.deletionTimestamp);
}

async function nodesOf(name: string): Promise<(string | undefined)[]> {
  return (await podsOf(name)).map(targetNode).sort();
}

function runsOn(name: string, nodes: string[]): Promise<void> {
  return eventuallyHolds(async () => {
    assert.deepEqual(await nodesOf(name), nodes);
    const { desiredNumberScheduled = 0, numberAvailable = 0 } = (await get(name)).status ?? {};
    assert.deepEqual([desiredNumberScheduled, numberAvailable], [nodes.length, nodes.length]);
  });
}

function setImage(name: string, image: string): Promise<DaemonSet> {
  const patch = { spec: { template: { spec: { containers: [{ name: "c", image }] } } } };
  return cluster.client.apps.v1.daemonsets.patch(name, patch, { namespace });
}

async function imagesOf(name: string): Promise<string[]> {
  return (await podsOf(name)).map((pod) => pod.spec?.containers?.[0]?.image ?? "").sort();
}

function updatedBecomes(name: string, count: number): Promise<void> {
  return eventuallyHolds(async () => {
    const { status, metadata } = await get(name);
    assert.equal(status?.observedGeneration, metadata?.generation);
    assert.deepEqual([status?.updatedNumberScheduled ?? 0, status?.numberAvailable], [count, count]);
  });
}

async function remove(name: string): Promise<void> {
  await cluster.client.apps.v1.daemonsets.delete(name, { namespace });
  await cluster.client.core.v1.pods.deleteCollection({ namespace, listOptions: { labelSelector: `app=${name}` } });
}

async function revisionsOf(name: string): Promise<number[]> {
  const { controllerrevisions } = cluster.client.apps.v1;
  const { items } = await controllerrevisions.list({ namespace, labelSelector: `app=${name}` });
  return items.map(({ revision = 0 }) => revision).sort();
}

test("runs one pod on every node, also on new ones, placed by the scheduler", async () => {
  await create("simple");
  await runsOn("simple", ["n1", "n2", "n3"]);
  const [pod] = await podsOf("simple");
  assert.equal(pod?.spec?.nodeName, undefined);
  assert.deepEqual(pod?.spec?.tolerations?.map(({ key, effect }) => `${key?.split("/")[1]}:${effect}`).sort(), [
    "disk-pressure:NoSchedule",
    "memory-pressure:NoSchedule",
    "not-ready:NoExecute",
    "pid-pressure:NoSchedule",
    "unreachable:NoExecute",
    "unschedulable:NoSchedule",
  ]);
  const { status } = await get("simple");
  assert.deepEqual([status?.currentNumberScheduled, status?.numberReady, status?.updatedNumberScheduled], [3, 3, 3]);
  await cluster.client.core.v1.nodes.create({ metadata: { name: "n4" } });
  await runsOn("simple", ["n1", "n2", "n3", "n4"]);
  await cluster.client.core.v1.nodes.delete("n4");
  await runsOn("simple", nodeNames);
  const [first] = await podsOf("simple");
  await cluster.client.core.v1.pods.delete(first?.metadata?.name ?? "", { namespace });
  await runsOn("simple", ["n1", "n2", "n3"]);
  await remove("simple");
});

test("runs where labels, affinity and taints let it, and leaves nodes that it does not select any more", async () => {
  const { nodes } = cluster.client.core.v1;
  await create("chosen", {}, { nodeSelector: { color: "blue" } });
  await eventuallyHolds(async () => assert.equal((await get("chosen")).status?.observedGeneration, 1));
  assert.deepEqual(await nodesOf("chosen"), []);
  for (const node of ["n1", "n2"]) await nodes.patch(node, { metadata: { labels: { color: "blue" } } });
  await runsOn("chosen", ["n1", "n2"]);
  await nodes.patch("n2", { metadata: { labels: { color: "green" } } });
  await runsOn("chosen", ["n1"]);
  await cluster.client.apps.v1.daemonsets.patch(
    "chosen",
    { spec: { template: { spec: { nodeSelector: { color: "green" } } } } },
    { namespace },
  );
  await runsOn("chosen", ["n2"]);
  await nodes.patch("n2", { spec: { taints: [{ key: "k", effect: "NoSchedule" }] } });
  await eventuallyHolds(async () => assert.equal((await get("chosen")).status?.numberMisscheduled, 1));
  assert.deepEqual(await nodesOf("chosen"), ["n2"]);
  await nodes.patch("n2", { spec: { taints: [{ key: "k", effect: "NoExecute" }] } });
  await eventuallyHolds(async () => assert.deepEqual(await nodesOf("chosen"), []));
  await nodes.patch("n2", { spec: { taints: null } });
  await runsOn("chosen", ["n2"]);
  await remove("chosen");
});

test("rolls to a new template one node at a time, keeps revisions and goes back without needless restarts", async () => {
  await create("rolls");
  await runsOn("rolls", nodeNames);
  await setImage("rolls", "v2");
  await updatedBecomes("rolls", 3);
  assert.deepEqual(await imagesOf("rolls"), ["v2", "v2", "v2"]);
  assert.deepEqual(await revisionsOf("rolls"), [1, 2]);
  const before = (await podsOf("rolls")).map((pod) => pod.metadata?.uid);
  await setImage("rolls", "broken");
  await eventuallyHolds(async () => assert.deepEqual(await imagesOf("rolls"), ["broken", "v2", "v2"]));
  await cluster.settle();
  assert.deepEqual(await imagesOf("rolls"), ["broken", "v2", "v2"]);
  await setImage("rolls", "v2");
  await updatedBecomes("rolls", 3);
  assert.equal((await podsOf("rolls")).filter((pod) => before.includes(pod.metadata?.uid)).length, 2);
  assert.deepEqual(await revisionsOf("rolls"), [1, 3, 4]);
  await remove("rolls");
});

test("surges: old pods go when the new ones beside them are available", async () => {
  const rollingUpdate = { maxSurge: 1, maxUnavailable: 0 };
  await create("surges", { updateStrategy: { type: "RollingUpdate", rollingUpdate } });
  await runsOn("surges", nodeNames);
  await setImage("surges", "broken");
  await eventuallyHolds(async () => assert.deepEqual(await imagesOf("surges"), ["broken", "v1", "v1", "v1"]));
  await cluster.settle();
  assert.equal((await get("surges")).status?.numberAvailable, 3);
  await setImage("surges", "v2");
  await updatedBecomes("surges", 3);
  await eventuallyHolds(async () => assert.deepEqual(await imagesOf("surges"), ["v2", "v2", "v2"]));
  await remove("surges");
});

test("with OnDelete, pods are of the new template when somebody deletes the old ones", async () => {
  await create("patient", { updateStrategy: { type: "OnDelete" } });
  await runsOn("patient", nodeNames);
  await setImage("patient", "v2");
  await eventuallyHolds(async () => assert.equal((await get("patient")).status?.observedGeneration, 2));
  await cluster.settle();
  assert.deepEqual(await imagesOf("patient"), ["v1", "v1", "v1"]);
  const [pod] = await podsOf("patient");
  await cluster.client.core.v1.pods.delete(pod?.metadata?.name ?? "", { namespace });
  await eventuallyHolds(async () => assert.deepEqual(await imagesOf("patient"), ["v1", "v1", "v2"]));
  await remove("patient");
});

test("replaces failed pods, after a while when they fail again", async () => {
  await create("fails");
  await runsOn("fails", nodeNames);
  const fail = async () => {
    const pod = (await podsOf("fails")).find((it) => targetNode(it) === "n1");
    await cluster.client.core.v1.pods.updateStatus({ ...pod, status: { phase: "Failed" } });
    return pod?.metadata?.uid;
  };
  const isReplaced = async (uid: string | undefined) => {
    const pod = (await podsOf("fails")).find((it) => targetNode(it) === "n1");
    return pod !== undefined && pod.metadata?.uid !== uid && pod.status?.phase === "Running";
  };
  const first = await fail();
  await eventuallyHolds(async () => assert.ok(await isReplaced(first)));
  const second = await fail();
  await cluster.settle();
  assert.ok(!(await isReplaced(second)));
  await cluster.pass(1_100);
  await eventuallyHolds(async () => assert.ok(await isReplaced(second)));
  await remove("fails");
});

test("counts pods as available after minReadySeconds", async () => {
  await create("slow", { minReadySeconds: 20 });
  await eventuallyHolds(async () => assert.equal((await get("slow")).status?.numberReady, 3));
  assert.equal((await get("slow")).status?.numberAvailable ?? 0, 0);
  await cluster.pass(21_000);
  await eventuallyHolds(async () => assert.equal((await get("slow")).status?.numberAvailable, 3));
  await cluster.settle();
  await remove("slow");
});
