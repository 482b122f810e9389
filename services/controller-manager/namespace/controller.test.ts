import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { isStatusError } from "../../../lib/base/status-error.ts";
import { eventuallyHolds, startTestCluster, type TestCluster } from "../testing/test-cluster.ts";
import { createNamespaceController } from "./controller.ts";

let cluster: TestCluster;

before(async () => {
  cluster = await startTestCluster([createNamespaceController]);
});
after(() => cluster.close());

async function createNamespace(name: string): Promise<void> {
  await cluster.client.core.v1.namespaces.create({ metadata: { name } });
}

function goes(name: string): Promise<void> {
  return eventuallyHolds(() =>
    assert.rejects(cluster.client.core.v1.namespaces.get(name), (error) => isStatusError(error, "NotFound")),
  );
}

async function conditionsOf(name: string): Promise<Record<string, [string?, string?]>> {
  const { status } = await cluster.client.core.v1.namespaces.get(name);
  return Object.fromEntries((status?.conditions ?? []).map(({ type, status: is, message }) => [type, [is, message]]));
}

test("an empty namespace goes", async () => {
  await createNamespace("empty");
  await cluster.client.core.v1.namespaces.delete("empty");
  await goes("empty");
});

test("a namespace takes everything in it along, and leaves others alone", async () => {
  const { client } = cluster;
  for (const namespace of ["full", "neighbour"]) {
    await createNamespace(namespace);
    const labels = { app: "web" };
    const template = { metadata: { labels }, spec: { containers: [{ name: "c", image: "i" }] } };
    await client.core.v1.configmaps.create({ metadata: { name: "settings", namespace } });
    await client.core.v1.services.create({ metadata: { name: "web", namespace }, spec: { ports: [{ port: 80 }] } });
    await client.apps.v1.deployments.create({
      metadata: { name: "web", namespace },
      spec: { selector: { matchLabels: labels }, template },
    });
    await client.core.v1.pods.create({ metadata: { name: "bare", namespace }, spec: template.spec });
  }
  await client.core.v1.namespaces.delete("full");
  await goes("full");
  assert.equal((await client.core.v1.pods.list({ namespace: "full" })).items.length, 0);
  assert.equal((await client.core.v1.configmaps.list({ namespace: "full" })).items.length, 0);
  assert.equal((await client.core.v1.services.list({ namespace: "full" })).items.length, 0);
  assert.equal((await client.core.v1.pods.list({ namespace: "neighbour" })).items.length, 1);
  assert.equal((await client.apps.v1.deployments.list({ namespace: "neighbour" })).items.length, 1);
});

test("pods go before everything else, and the namespace says what it waits for", async () => {
  const { pods, configmaps, namespaces } = cluster.client.core.v1;
  const namespace = "slow";
  await createNamespace(namespace);
  const spec = { nodeName: "n", containers: [{ name: "c", image: "i" }] };
  await pods.create({ metadata: { name: "ending", namespace }, spec });
  await configmaps.create({ metadata: { name: "needed", namespace } });
  await namespaces.delete(namespace);
  await eventuallyHolds(async () => {
    const conditions = await conditionsOf(namespace);
    assert.deepEqual(conditions["NamespaceContentRemaining"], [
      "True",
      "Some resources are remaining: pods. has 1 resource instances",
    ]);
    assert.equal(conditions["NamespaceDeletionDiscoveryFailure"]?.[0], "False");
  });
  await configmaps.get("needed", { namespace });
  await pods.delete("ending", { namespace, gracePeriodSeconds: 0 });
  await goes(namespace);
});

test("finalizers of what it holds are named, and waited for without writing", async () => {
  const { configmaps, namespaces } = cluster.client.core.v1;
  const namespace = "held";
  await createNamespace(namespace);
  await configmaps.create({ metadata: { name: "kept", namespace, finalizers: ["test/keep"] } });
  await namespaces.delete(namespace);
  await eventuallyHolds(async () => {
    assert.deepEqual((await conditionsOf(namespace))["NamespaceFinalizersRemaining"], [
      "True",
      "Some content in the namespace has finalizers remaining: test/keep in 1 resource instances",
    ]);
  });
  await cluster.settle();
  await configmaps.patch("kept", { metadata: { finalizers: null } }, { namespace });
  await goes(namespace);
});
