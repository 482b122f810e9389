import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import { eventually } from "../../../lib/base/eventually.ts";
import { startTestScheduler, type TestScheduler } from "../testing/test-scheduler.ts";

const namespace = "default";
const device = "example.com/fakecpu";
const waitMsMax = 60_000;
let cluster: TestScheduler;

beforeEach(async () => {
  cluster = await startTestScheduler([], async (client) => {
    for (const [name, value] of [
      ["low", 1],
      ["middle", 100],
      ["high", 1000],
    ] as const)
      await client.scheduling.v1.priorityclasses.create({ metadata: { name }, value });
  });
});

afterEach(() => cluster.close());

/** A pod that takes so many of the device. */
function createPod(name: string, priorityClassName: string, amount: number): Promise<Pod> {
  return cluster.createPod(name, { [device]: String(amount) }, { priorityClassName });
}

async function isEnding(name: string): Promise<boolean> {
  return (await cluster.get(name)).metadata?.deletionTimestamp !== undefined;
}

async function preemptedEvents(): Promise<(string | undefined)[]> {
  const { items } = await cluster.client.core.v1.events.list({ namespace, fieldSelector: "reason=Preempted" });
  return items.map(({ involvedObject: { kind, name } = {}, count }) => `${kind} ${name} ${count}`);
}

test("pods end by their grace before those that matter more come, each once; who comes in their stead waits", async () => {
  await cluster.createNode("only", { [device]: "1000" });
  for (const name of ["a", "b", "c"]) await createPod(name, "low", 300);
  for (const name of ["a", "b", "c"]) await cluster.isPlaced(name);
  await createPod("middle", "middle", 600);
  const victims = await eventually(async () => {
    const { items } = await cluster.client.core.v1.pods.list({ namespace });
    const ending = items.filter(({ metadata }) => metadata?.deletionTimestamp);
    return ending.length >= 2 && ending.map(({ metadata }) => metadata?.name ?? "");
  }, waitMsMax);
  await eventually(async () => (await cluster.get("middle")).status?.nominatedNodeName === "only", waitMsMax);
  // As its controller would do, a new pod comes for each that goes.
  for (const name of victims) await createPod(`${name}-again`, "low", 300);
  for (let step = 0; step < 5; step++) {
    await cluster.clock.advance(4_000);
    await cluster.settle();
  }
  assert.equal((await cluster.get("middle")).spec?.nodeName, undefined);
  assert.equal(victims.length, 2);
  for (const name of victims) await cluster.remove(name);
  assert.equal(await cluster.isPlaced("middle"), "only");
  await cluster.settle();
  for (const name of victims) assert.equal((await cluster.get(`${name}-again`)).spec?.nodeName, undefined);
  await eventually(async () => (await preemptedEvents()).length === 2, waitMsMax);
  assert.deepEqual((await preemptedEvents()).sort(), victims.map((name) => `Pod ${name} 1`).sort());
});

test("of pods of the same priority those leave that no budget protects", async () => {
  for (const name of ["one", "two"]) await cluster.createNode(name, { [device]: "1" });
  for (const name of ["guarded", "free"]) await createPod(name, "low", 1);
  for (const name of ["guarded", "free"]) await cluster.isPlaced(name);
  const { poddisruptionbudgets } = cluster.client.policy.v1;
  const selector = { matchLabels: { app: "guarded" } };
  await poddisruptionbudgets.create({ metadata: { name: "b", namespace }, spec: { minAvailable: 1, selector } });
  await cluster.settle();
  await createPod("preemptor", "high", 1);
  await eventually(() => isEnding("free"), waitMsMax);
  assert.equal(await isEnding("guarded"), false);
  await cluster.remove("free");
  await cluster.isPlaced("preemptor");
});

test("a critical pod gets its room where all else is full, and a pod that matters no more than others gets none", async () => {
  await cluster.createNode("only", { [device]: "1" });
  await createPod("low", "low", 1);
  await cluster.isPlaced("low");
  await createPod("same", "low", 1);
  assert.match(await cluster.refusal("same"), /No preemption victims found for incoming pod/);
  const critical = { priorityClassName: "system-cluster-critical" };
  const containers = [{ name: "c", image: "i", resources: { requests: { [device]: "1" }, limits: { [device]: "1" } } }];
  const metadata = { name: "critical", namespace: "kube-system" };
  await cluster.client.core.v1.pods.create({ metadata, spec: { containers, ...critical } });
  await eventually(() => isEnding("low"), waitMsMax);
  await cluster.remove("low");
  await eventually(async () => {
    await cluster.clock.advance(1_000);
    const { items } = await cluster.client.core.v1.pods.list({ namespace: "kube-system" });
    return items.some(({ spec }) => spec?.nodeName === "only");
  }, waitMsMax);
});
