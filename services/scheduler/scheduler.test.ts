import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { type Pod, PodServiceDefinition, type PodSpec } from "../../gen/typernetes/core/v1/pod.ts";
import { eventually } from "../../lib/base/eventually.ts";
import { SimulatedClock } from "../../lib/base/simulated-clock.ts";
import type { Client } from "../../lib/client/client.ts";
import { createEventRecorder } from "../../lib/client/create-event-recorder.ts";
import { createInformerFactory } from "../../lib/client/shared-informers.ts";
import { silentLogger } from "../../lib/observe/logger.ts";
import { startTestApiserver, type TestApiserver } from "../apiserver/test-harness.ts";
import type { BindPods } from "./cycle/binder.ts";
import { createPlugins } from "./plugins/list.ts";
import { defaultProfile, type Profile } from "./profile.ts";
import { Scheduler } from "./scheduler.ts";
import { newNode } from "./testing/objects.ts";

const namespace = "default";
let server: TestApiserver;
let client: Client;
let clock: SimulatedClock;
let stops: (() => Promise<void>)[];

beforeEach(async () => {
  server = await startTestApiserver();
  client = server.client();
  clock = new SimulatedClock();
  stops = [];
});

afterEach(async () => {
  for (const stop of stops.reverse()) await stop();
  await server.close();
});

const bindPods: BindPods = (request) => client.call(PodServiceDefinition, "bind", request);

async function start(bind = bindPods, profiles: readonly Profile[] = [defaultProfile]): Promise<Scheduler> {
  const informers = createInformerFactory();
  const recorder = createEventRecorder({ client, component: "default-scheduler" });
  const scheduler = new Scheduler({
    client,
    bindPods: bind,
    informers,
    recorder,
    clock,
    random: Math.random,
    logger: silentLogger,
    profiles,
  });
  stops.push(async () => {
    scheduler.stop();
    await informers.stop();
    await recorder.close();
  });
  await scheduler.start();
  return scheduler;
}

function createNode(name: string, allocatable: Record<string, string> = {}): Promise<unknown> {
  return client.core.v1.nodes.create(newNode(name, { status: { allocatable } }));
}

function createPod(name: string, cpu = "100m", spec: PodSpec = {}): Promise<Pod> {
  const containers = [{ name: "c", image: "i", resources: { requests: { cpu } } }];
  return client.core.v1.pods.create({ metadata: { name, namespace }, spec: { containers, ...spec } });
}

function get(name: string): Promise<Pod> {
  return client.core.v1.pods.get(name, { namespace });
}

/** The node of a pod, once it has one; back-offs end meanwhile. */
function isPlaced(name: string): Promise<string> {
  return eventually(async () => {
    await clock.advance(1_000);
    return (await get(name)).spec?.nodeName;
  });
}

async function scheduledCondition(name: string) {
  return (await get(name)).status?.conditions?.find(({ type }) => type === "PodScheduled");
}

function refusal(name: string, message: string): Promise<unknown> {
  return eventually(async () => (await scheduledCondition(name))?.message === message);
}

async function eventsOf(name: string): Promise<(string | number | undefined)[][]> {
  const { items } = await client.core.v1.events.list({ namespace, fieldSelector: `involvedObject.name=${name}` });
  return items.map(({ type, reason, message, count }) => [type, reason, message, count]);
}

/** Lets what is under way end: requests, watches, and the scheduler's slices. */
async function settle(): Promise<void> {
  let isQuiet = false;
  const quiet = server.settle().finally(() => {
    isQuiet = true;
  });
  await eventually(async () => {
    await clock.advance(0);
    return isQuiet;
  });
  await quiet;
}

function requestedCpu(scheduler: Scheduler, node: string): number | undefined {
  return scheduler.snapshot.requestedMilliCpu[scheduler.snapshot.slotOf(node) ?? -1];
}

test("a pod is bound, and its condition and an event say so", async () => {
  await createNode("node-1");
  await start();
  await createPod("p");
  assert.equal(await isPlaced("p"), "node-1");
  assert.equal((await scheduledCondition("p"))?.status, "True");
  await eventually(async () => (await eventsOf("p")).length > 0);
  assert.deepEqual(await eventsOf("p"), [["Normal", "Scheduled", "Successfully assigned default/p to node-1", 1]]);
});

test("pods of other schedulers are left alone, gated ones until their gates are gone", async () => {
  await createNode("node-1");
  const scheduler = await start();
  await createPod("theirs", "100m", { schedulerName: "another" });
  await createPod("gated", "100m", { schedulingGates: [{ name: "test/gate" }] });
  await createPod("ours");
  await isPlaced("ours");
  await settle();
  assert.equal((await get("theirs")).spec?.nodeName, undefined);
  assert.equal((await get("gated")).spec?.nodeName, undefined);
  assert.equal((await scheduledCondition("gated"))?.reason, "SchedulingGated");
  assert.equal((await scheduler.explain(await get("gated"))).message, "waiting for scheduling gates: [test/gate]");
  await client.core.v1.pods.patch(
    "gated",
    { spec: { schedulingGates: null } },
    { namespace, type: "application/merge-patch+json" },
  );
  await isPlaced("gated");
});

test("a pod that fits nowhere says why, once, and is placed when a node comes that it fits", async () => {
  await createNode("small", { cpu: "1" });
  await start();
  await createPod("large", "2");
  const message =
    "0/1 nodes are available: 1 Insufficient cpu. no new claims to deallocate, preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.";
  await refusal("large", message);
  const condition = await scheduledCondition("large");
  assert.deepEqual([condition?.status, condition?.reason], ["False", "Unschedulable"]);
  await settle();
  await clock.advance(60_000);
  await settle();
  assert.deepEqual(await eventsOf("large"), [["Warning", "FailedScheduling", message, 1]]);
  await createNode("large-enough", { cpu: "4" });
  assert.equal(await isPlaced("large"), "large-enough");
});

test("room that a pod leaves goes to one that waits", async () => {
  await createNode("only", { cpu: "1" });
  await start();
  await createPod("first", "1");
  await isPlaced("first");
  await createPod("second", "1");
  await refusal(
    "second",
    "0/1 nodes are available: 1 Insufficient cpu. no new claims to deallocate, preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.",
  );
  await settle();
  await client.core.v1.pods.delete("first", { namespace, gracePeriodSeconds: 0 });
  await settle();
  await isPlaced("second");
});

test("room of pods that have ended is free", async () => {
  await createNode("only", { cpu: "1" });
  await start();
  const first = await createPod("first", "1");
  await isPlaced("first");
  await client.core.v1.pods.patch("first", { status: { phase: "Succeeded" } }, { namespace, subresource: "status" });
  assert.ok(first);
  await settle();
  await createPod("second", "1");
  await isPlaced("second");
});

test("nodes are filled, never overfilled, and the rest waits", async () => {
  for (const name of ["a", "b", "c"]) await createNode(name, { cpu: "1" });
  await Promise.all(Array.from({ length: 50 }, (_, index) => createPod(`p${index}`, "100m")));
  const scheduler = await start();
  await settle();
  const { items } = await client.core.v1.pods.list({ namespace });
  assert.equal(items.filter((pod) => pod.spec?.nodeName).length, 30);
  for (const name of ["a", "b", "c"]) {
    assert.equal(items.filter((pod) => pod.spec?.nodeName === name).length, 10);
    assert.equal(requestedCpu(scheduler, name), 1000);
  }
});

test("after a restart what was bound meanwhile counts", async () => {
  await createNode("a", { cpu: "1" });
  const before = await start();
  await createPod("first", "400m");
  await isPlaced("first");
  before.stop();
  await createPod("second", "400m", { nodeName: "a" });
  await createPod("third", "400m");
  const scheduler = await start();
  await refusal(
    "third",
    "0/1 nodes are available: 1 Insufficient cpu. no new claims to deallocate, preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.",
  );
  assert.equal(requestedCpu(scheduler, "a"), 800);
});

test("a binding that fails gives the room back, is told, and is tried again after a back-off", async () => {
  await createNode("only", { cpu: "1" });
  let failures = 1;
  const refused = { status: "Failure", code: 409, reason: "Conflict", message: "not now" };
  const scheduler = await start(async (request) => {
    if (failures-- <= 0) return bindPods(request);
    return { results: request.bindings?.map(() => refused) };
  });
  await createPod("p", "1");
  await refusal("p", "binding rejected: not now");
  assert.equal((await scheduledCondition("p"))?.reason, "SchedulerError");
  assert.equal(requestedCpu(scheduler, "only"), 0);
  await settle();
  assert.equal(await isPlaced("p"), "only");
  assert.equal(requestedCpu(scheduler, "only"), 1000);
});

test("a server that cannot be reached costs no pod its place for good", async () => {
  await createNode("only", { cpu: "1" });
  let failures = 3;
  const scheduler = await start(async (request) => {
    if (failures-- > 0) throw new Error("connection lost");
    return bindPods(request);
  });
  await Promise.all([createPod("p1", "500m"), createPod("p2", "500m")]);
  await eventually(async () => {
    await settle();
    await clock.advance(2_000);
    return (await get("p1")).spec?.nodeName && (await get("p2")).spec?.nodeName;
  });
  assert.equal(requestedCpu(scheduler, "only"), 1000);
});

test("a pod that goes while it is bound leaves no reservation behind", async () => {
  await createNode("only", { cpu: "1" });
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const scheduler = await start(async (request) => {
    await held;
    return bindPods(request);
  });
  await createPod("p", "1");
  await eventually(() => requestedCpu(scheduler, "only") === 1000);
  await client.core.v1.pods.delete("p", { namespace, gracePeriodSeconds: 0 });
  await eventually(() => requestedCpu(scheduler, "only") === 0);
  release();
  await settle();
  assert.equal(requestedCpu(scheduler, "only"), 0);
});

test("a pod that another scheduler places first counts where it is", async () => {
  for (const name of ["a", "b"]) await createNode(name, { cpu: "1" });
  let other = "";
  const scheduler = await start(async (request) => {
    const [binding] = request.bindings ?? [];
    other = binding?.target?.name === "a" ? "b" : "a";
    await bindPods({ bindings: [{ ...binding, target: { kind: "Node", name: other } }] });
    return bindPods(request);
  });
  await createPod("p", "1");
  const node = await isPlaced("p");
  assert.equal(node, other);
  await settle();
  assert.equal(requestedCpu(scheduler, node), 1000);
  assert.equal(requestedCpu(scheduler, node === "a" ? "b" : "a"), 0);
});

test("a pod of higher priority gets its room: victims end with a condition and an event, and it is told where it will go", async () => {
  await createNode("only", { cpu: "1" });
  await start();
  for (const [name, value] of [
    ["low", 1],
    ["high", 1000],
  ] as const)
    await client.scheduling.v1.priorityclasses.create({ metadata: { name }, value });
  await createPod("victim", "1", { priorityClassName: "low", terminationGracePeriodSeconds: 30 });
  await isPlaced("victim");
  await createPod("preemptor", "1", { priorityClassName: "high" });
  const victim = await eventually(async () => {
    const pod = await get("victim");
    return pod.metadata?.deletionTimestamp ? pod : undefined;
  });
  const disruption = victim.status?.conditions?.find(({ type }) => type === "DisruptionTarget");
  assert.deepEqual(
    [disruption?.status, disruption?.reason, disruption?.message],
    ["True", "PreemptionByScheduler", "default-scheduler: preempting to accommodate a higher priority pod"],
  );
  await eventually(async () => (await get("preemptor")).status?.nominatedNodeName === "only");
  const { uid } = (await get("preemptor")).metadata ?? {};
  await eventually(async () => (await eventsOf("victim")).some(([, reason]) => reason === "Preempted"));
  const told = (await eventsOf("victim")).find(([, reason]) => reason === "Preempted");
  assert.deepEqual(told, ["Normal", "Preempted", `Preempted by pod ${uid} on node only`, 1]);
  // Meanwhile nobody else may have the place.
  await client.core.v1.pods.delete("victim", { namespace, gracePeriodSeconds: 0 });
  await createPod("meddler", "1", { priorityClassName: "low" });
  await settle();
  assert.equal(await isPlaced("preemptor"), "only");
  assert.equal((await get("meddler")).spec?.nodeName, undefined);
});

test("a claim that waits for its pod gets a volume on the pod's node before the pod is bound", async () => {
  for (const name of ["a", "b"]) await createNode(name);
  const { persistentvolumes, persistentvolumeclaims } = client.core.v1;
  const provisioner = "kubernetes.io/no-provisioner";
  await client.storage.v1.storageclasses.create({
    metadata: { name: "local" },
    provisioner,
    volumeBindingMode: "WaitForFirstConsumer",
  });
  const matchExpressions = [{ key: "kubernetes.io/hostname", operator: "In", values: ["b"] }];
  const basic = { storageClassName: "local", accessModes: ["ReadWriteOnce"] };
  await persistentvolumes.create({
    metadata: { name: "disk" },
    spec: {
      ...basic,
      capacity: { storage: "1Gi" },
      local: { path: "/disk" },
      nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions }] } },
    },
  });
  const claim = { metadata: { name: "data", namespace } };
  await persistentvolumeclaims.create({ ...claim, spec: { ...basic, resources: { requests: { storage: "1Gi" } } } });
  await start();
  await createPod("p", "100m", { volumes: [{ name: "data", persistentVolumeClaim: { claimName: "data" } }] });
  await eventually(async () => (await persistentvolumes.get("disk")).spec?.claimRef?.name === "data");
  assert.equal((await get("p")).spec?.nodeName, undefined);
  await persistentvolumeclaims.patch("data", { spec: { volumeName: "disk" } }, { namespace });
  await persistentvolumeclaims.patch("data", { status: { phase: "Bound" } }, { namespace, subresource: "status" });
  assert.equal(await isPlaced("p"), "b");
});

test("pods are placed by the profile that has their scheduler's name", async () => {
  for (const name of ["a", "b"]) await createNode(name);
  const pack = { scoringStrategy: { type: "MostAllocated" } };
  const packing = { schedulerName: "packing", plugins: createPlugins({ NodeResourcesFit: pack }) };
  await start(bindPods, [defaultProfile, packing]);
  await createPod("first");
  const node = await isPlaced("first");
  await createPod("second", "100m", { schedulerName: "packing" });
  assert.equal(await isPlaced("second"), node);
  await createPod("third");
  assert.notEqual(await isPlaced("third"), node);
});
