import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { ResourceQuotaSpec } from "../../../gen/typernetes/core/v1/resource_quota.ts";
import { SimulatedClock } from "../../../lib/base/simulated-clock.ts";
import { isStatusError } from "../../../lib/base/status-error.ts";
import { eventuallyHolds, startTestCluster, type TestCluster } from "../testing/test-cluster.ts";
import { createResourceQuotaController } from "./controller.ts";

/** What was charged is counted when this says so: in the middle of a request what it makes is not there yet. */
const clock = new SimulatedClock();
let cluster: TestCluster;

before(async () => {
  cluster = await startTestCluster([createResourceQuotaController], { clock });
});
after(() => cluster.close());

async function withQuota(namespace: string, spec: ResourceQuotaSpec): Promise<void> {
  const { namespaces, resourcequotas } = cluster.client.core.v1;
  await namespaces.create({ metadata: { name: namespace } });
  await resourcequotas.create({ metadata: { name: "quota", namespace }, spec });
  await eventuallyHolds(async () => assert.deepEqual((await statusIn(namespace))?.hard, spec.hard));
}

async function statusIn(namespace: string) {
  return (await cluster.client.core.v1.resourcequotas.get("quota", { namespace })).status;
}

const usedIn = async (namespace: string) => (await statusIn(namespace))?.used;
const pod = (namespace: string, name: string, requests?: Record<string, string>) => ({
  metadata: { name, namespace },
  spec: { containers: [{ name: "c", image: "i", ...(requests && { resources: { requests } }) }] },
});

test("pods are charged as they are made, refused when there is no room, and given back when they go", async () => {
  const namespace = "pods";
  await withQuota(namespace, { hard: { pods: "5", cpu: "1", memory: "500Mi", "requests.example.com/gpu": "3" } });
  assert.deepEqual(await usedIn(namespace), { pods: "0", cpu: "0", memory: "0", "requests.example.com/gpu": "0" });
  const { pods } = cluster.client.core.v1;
  await pods.create(pod(namespace, "a", { cpu: "500m", memory: "252Mi" }));
  const used = { pods: "1", cpu: "500m", memory: "252Mi", "requests.example.com/gpu": "0" };
  assert.deepEqual(await usedIn(namespace), used);
  await assert.rejects(pods.create(pod(namespace, "b", { cpu: "600m", memory: "100Mi" })), {
    reason: "Forbidden",
    message: 'pods "b" is forbidden: exceeded quota: quota, requested: cpu=600m, used: cpu=500m, limited: cpu=1',
  });
  await assert.rejects(pods.create(pod(namespace, "c")), {
    message: 'pods "c" is forbidden: failed quota: quota: must specify cpu for: c; memory for: c',
  });
  await pods.delete("a", { namespace, gracePeriodSeconds: 0 });
  await eventuallyHolds(async () => {
    await cluster.pass(3_000);
    assert.equal((await usedIn(namespace))?.["pods"], "0");
  });
});

test("what is charged for a request that is still on its way is not given back with what goes meanwhile", async () => {
  const namespace = "midway";
  await withQuota(namespace, { hard: { "count/secrets": "3" } });
  const { secrets, resourcequotas } = cluster.client.core.v1;
  for (const name of ["a", "b"]) await secrets.create({ metadata: { name, namespace } });
  await cluster.pass(3_000);
  const quota = await resourcequotas.get("quota", { namespace });
  assert.deepEqual(quota.status?.used, { "count/secrets": "2" });
  await resourcequotas.updateStatus({ ...quota, status: { ...quota.status, used: { "count/secrets": "3" } } });
  await secrets.delete("a", { namespace });
  await eventuallyHolds(async () => assert.deepEqual(await usedIn(namespace), { "count/secrets": "2" }));
  await eventuallyHolds(async () => {
    await cluster.pass(3_000);
    assert.deepEqual(await usedIn(namespace), { "count/secrets": "1" });
  });
});

test("of requests at the same time only as many get through as there is room for", async () => {
  const namespace = "racing";
  await withQuota(namespace, { hard: { "count/configmaps": "7" } });
  const { configmaps } = cluster.client.core.v1;
  const attempts = Array.from({ length: 30 }, (_, index) =>
    configmaps.create({ metadata: { name: `m${index}`, namespace } }),
  );
  const results = await Promise.allSettled(attempts);
  assert.equal(results.filter(({ status }) => status === "fulfilled").length, 7);
  const refused = results.flatMap((result) => (result.status === "rejected" ? [result.reason] : []));
  assert.ok(refused.every((error) => isStatusError(error, "Forbidden")));
  assert.deepEqual(await usedIn(namespace), { "count/configmaps": "7" });
});

test("what was charged for nothing is given back", async () => {
  const namespace = "failed";
  await withQuota(namespace, { hard: { secrets: "3" } });
  const { secrets } = cluster.client.core.v1;
  await secrets.create({ metadata: { name: "s", namespace } });
  await assert.rejects(secrets.create({ metadata: { name: "s", namespace } }), { reason: "AlreadyExists" });
  assert.deepEqual(await usedIn(namespace), { secrets: "2" });
  await eventuallyHolds(async () => {
    await cluster.pass(3_000);
    assert.deepEqual(await usedIn(namespace), { secrets: "1" });
  });
});

test("a service uses node ports and load balancers", async () => {
  const namespace = "services";
  const hard = { services: "3", "services.nodeports": "1", "services.loadbalancers": "1" };
  await withQuota(namespace, { hard });
  const { services } = cluster.client.core.v1;
  const ports = [{ port: 80 }];
  await services.create({ metadata: { name: "a", namespace }, spec: { type: "NodePort", ports } });
  await assert.rejects(
    services.create({ metadata: { name: "b", namespace }, spec: { type: "LoadBalancer", ports } }),
    /exceeded quota: quota, requested: services.nodeports=1, used: services.nodeports=1, limited: services.nodeports=1/,
  );
  const expected = { services: "1", "services.nodeports": "1", "services.loadbalancers": "0" };
  assert.deepEqual(await usedIn(namespace), expected);
});

test("a quota counts what is in its scopes", async () => {
  const namespace = "scoped";
  await withQuota(namespace, { hard: { pods: "1" }, scopes: ["BestEffort"] });
  const { pods } = cluster.client.core.v1;
  await pods.create(pod(namespace, "a", { cpu: "1" }));
  assert.deepEqual(await usedIn(namespace), { pods: "0" });
  await pods.create(pod(namespace, "b"));
  assert.deepEqual(await usedIn(namespace), { pods: "1" });
  await assert.rejects(pods.create(pod(namespace, "d")), /exceeded quota/);
  await pods.create(pod(namespace, "e", { cpu: "1" }));
});

test("what is there already counts, and a higher limit makes room", async () => {
  const namespace = "changing";
  await withQuota(namespace, { hard: { configmaps: "1" } });
  const { configmaps, resourcequotas } = cluster.client.core.v1;
  await configmaps.create({ metadata: { name: "a", namespace } });
  await assert.rejects(configmaps.create({ metadata: { name: "b", namespace } }), /exceeded quota/);
  await resourcequotas.patch("quota", { spec: { hard: { configmaps: "2" } } }, { namespace });
  await eventuallyHolds(() => configmaps.create({ metadata: { name: "b", namespace } }));
  await resourcequotas.create({ metadata: { name: "second", namespace }, spec: { hard: { "count/configmaps": "9" } } });
  await eventuallyHolds(async () => {
    const { status } = await resourcequotas.get("second", { namespace });
    assert.deepEqual(status?.used, { "count/configmaps": "2" });
  });
});
