import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Taint } from "../../../gen/typernetes/core/v1/node.ts";
import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import type { Toleration } from "../../../gen/typernetes/core/v1/reference.ts";
import { SimulatedClock } from "../../../lib/base/simulated-clock.ts";
import { eventuallyHolds, startTestCluster, type TestCluster } from "../testing/test-cluster.ts";
import { createTaintEvictionController } from "./controller.ts";
import { toleratedMs } from "./tolerated-time.ts";

const namespace = "default";
const clock = new SimulatedClock();
let cluster: TestCluster;

before(async () => {
  cluster = await startTestCluster([createTaintEvictionController], { clock });
});
after(() => cluster.close());

function createPod(name: string, nodeName: string, tolerations: Toleration[] = []): Promise<Pod> {
  const spec = { nodeName, tolerations, containers: [{ name: "c", image: "i" }] };
  return cluster.client.core.v1.pods.create({ metadata: { name, namespace }, spec });
}

async function isEvicted(name: string): Promise<boolean> {
  return (await cluster.client.core.v1.pods.get(name, { namespace })).metadata?.deletionTimestamp !== undefined;
}

function becomesEvicted(name: string): Promise<void> {
  return eventuallyHolds(async () => assert.ok(await isEvicted(name), `${name} is not evicted`));
}

function taint(node: string, ...taints: Taint[]): Promise<unknown> {
  return cluster.client.core.v1.nodes.patch(node, { spec: { taints } }, { type: "application/merge-patch+json" });
}

const lost: Taint = { key: "lost", effect: "NoExecute" };
const forSeconds = (tolerationSeconds: number): Toleration => ({
  key: "lost",
  operator: "Exists",
  effect: "NoExecute",
  tolerationSeconds,
});

test("pods without toleration go at once, others when their time is over or never", async () => {
  await cluster.client.core.v1.nodes.create({ metadata: { name: "one" } });
  await createPod("now", "one");
  await createPod("later", "one", [forSeconds(60)]);
  await createPod("never", "one", [{ key: "lost", operator: "Exists" }]);
  await taint("one", lost);
  await becomesEvicted("now");
  const evicted = await cluster.client.core.v1.pods.get("now", { namespace });
  const condition = evicted.status?.conditions?.find(({ type }) => type === "DisruptionTarget");
  assert.equal(condition?.reason, "DeletionByTaintManager");
  await cluster.pass(59_000);
  await cluster.settle();
  assert.equal(await isEvicted("later"), false);
  await cluster.pass(2_000);
  await becomesEvicted("later");
  await cluster.pass(1_000_000);
  await cluster.settle();
  assert.equal(await isEvicted("never"), false);
});

test("a pod stays when the taint goes before its time is over, and has all its time again at the next", async () => {
  await cluster.client.core.v1.nodes.create({ metadata: { name: "two" } });
  await createPod("spared", "two", [forSeconds(60)]);
  await taint("two", lost);
  await cluster.pass(50_000);
  await taint("two");
  await eventuallyHolds(async () => {
    const { items } = await cluster.client.core.v1.events.list({
      namespace,
      fieldSelector: "involvedObject.name=spared",
    });
    assert.deepEqual(
      items.map(({ message }) => message),
      ["Cancelling deletion of Pod default/spared"],
    );
  });
  await taint("two", lost);
  await cluster.pass(50_000);
  await cluster.settle();
  assert.equal(await isEvicted("spared"), false);
  await cluster.pass(11_000);
  await becomesEvicted("spared");
});

test("a pod that comes to a tainted node has its time from then on", async () => {
  await cluster.client.core.v1.nodes.create({
    metadata: { name: "three" },
    spec: { taints: [{ ...lost, timeAdded: "2020-01-01T00:00:00Z" }] },
  });
  await createPod("guest", "three", [forSeconds(60)]);
  await cluster.settle();
  assert.equal(await isEvicted("guest"), false);
  await cluster.pass(61_000);
  await becomesEvicted("guest");
});

const cases: [name: string, tolerations: Toleration[], taints: Taint[], ms: number][] = [
  ["no taint", [], [], Number.POSITIVE_INFINITY],
  ["no toleration", [], [lost], 0],
  ["everything tolerated", [{ operator: "Exists" }], [lost], Number.POSITIVE_INFINITY],
  ["an empty key with Equal fits nothing", [{ operator: "Equal", value: "" }], [lost], 0],
  ["another value", [{ key: "lost", value: "x" }], [lost], 0],
  ["the same value", [{ key: "lost", value: "x", tolerationSeconds: 5 }], [{ ...lost, value: "x" }], 5000],
  ["another effect", [{ key: "lost", operator: "Exists", effect: "NoSchedule" }], [lost], 0],
  ["less than nothing", [forSeconds(-3)], [lost], 0],
  [
    "the shortest of several taints",
    [forSeconds(9), { operator: "Exists", tolerationSeconds: 4 }],
    [lost, { key: "o" }],
    4000,
  ],
  ["the first of several tolerations", [{ operator: "Exists" }, forSeconds(1)], [lost], Number.POSITIVE_INFINITY],
  ["one of two taints", [forSeconds(9)], [lost, { key: "other" }], 0],
];

for (const [name, tolerations, taints, ms] of cases)
  test(`how long a pod stays: ${name}`, () => assert.equal(toleratedMs(tolerations, taints), ms));
