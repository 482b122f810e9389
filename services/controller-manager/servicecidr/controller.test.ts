import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { findCondition } from "../../../lib/api/conditions.ts";
import { SimulatedClock } from "../../../lib/base/simulated-clock.ts";
import { eventuallyHolds, startTestCluster, type TestCluster } from "../testing/test-cluster.ts";
import { createServiceCidrController } from "./controller.ts";

const clock = new SimulatedClock();
const namespace = "default";
let cluster: TestCluster;

before(async () => {
  cluster = await startTestCluster([createServiceCidrController], { clock });
});
after(() => cluster.close());

const ranges = () => cluster.client.networking.v1.servicecidrs;
const isReady = (name: string, status: string, reason: string) =>
  eventuallyHolds(async () => {
    const condition = findCondition((await ranges().get(name)).status?.conditions, "Ready");
    assert.deepEqual([condition?.status, condition?.reason], [status, reason]);
  });
const isGone = (name: string) =>
  eventuallyHolds(async () => {
    await cluster.pass(2_000);
    await assert.rejects(ranges().get(name), { reason: "NotFound" });
  });

test("a new range is kept, and ready", async () => {
  await ranges().create({ metadata: { name: "new" }, spec: { cidrs: ["10.97.0.0/24"] } });
  await isReady("new", "True", "");
  const { metadata } = await ranges().get("new");
  assert.deepEqual(metadata?.finalizers, ["networking.k8s.io/service-cidr-finalizer"]);
  await ranges().delete("new");
  await isGone("new");
});

test("a range stays while a service has an address of it, unless another range has it, too", async () => {
  const { services } = cluster.client.core.v1;
  await ranges().create({ metadata: { name: "used" }, spec: { cidrs: ["10.98.0.0/24"] } });
  await isReady("used", "True", "");
  const spec = { clusterIP: "10.98.0.7", ports: [{ port: 80 }] };
  await services.create({ metadata: { name: "web", namespace }, spec });
  await ranges().delete("used");
  await isReady("used", "False", "Terminating");
  await cluster.pass(60_000);
  await isReady("used", "False", "Terminating");
  await ranges().create({ metadata: { name: "wider" }, spec: { cidrs: ["10.98.0.0/16"] } });
  await isGone("used");
  await ranges().delete("wider");
  await isReady("wider", "False", "Terminating");
  await services.delete("web", { namespace });
  await isGone("wider");
});
