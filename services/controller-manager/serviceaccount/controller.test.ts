import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { eventuallyHolds, startTestCluster, type TestCluster } from "../testing/test-cluster.ts";
import { createServiceAccountController } from "./controller.ts";

let cluster: TestCluster;

before(async () => {
  cluster = await startTestCluster([createServiceAccountController]);
});
after(() => cluster.close());

function hasDefault(namespace: string): Promise<void> {
  return eventuallyHolds(() => cluster.client.core.v1.serviceaccounts.get("default", { namespace }));
}

test("namespaces have a default service account, old ones and new ones", async () => {
  await hasDefault("default");
  await hasDefault("kube-system");
  await cluster.client.core.v1.namespaces.create({ metadata: { name: "team" } });
  await hasDefault("team");
});

test("a default service account that is deleted comes back", async () => {
  const { serviceaccounts } = cluster.client.core.v1;
  await hasDefault("default");
  const { metadata } = await serviceaccounts.get("default", { namespace: "default" });
  await serviceaccounts.delete("default", { namespace: "default" });
  await eventuallyHolds(async () => {
    const found = await serviceaccounts.get("default", { namespace: "default" });
    assert.notEqual(found.metadata?.uid, metadata?.uid);
  });
});

test("a namespace that is being deleted gets none", async () => {
  const { namespaces, serviceaccounts } = cluster.client.core.v1;
  await namespaces.create({ metadata: { name: "leaving" } });
  await hasDefault("leaving");
  await namespaces.delete("leaving");
  await serviceaccounts.delete("default", { namespace: "leaving" });
  await cluster.settle();
  const { items } = await serviceaccounts.list({ namespace: "leaving" });
  assert.equal(items.length, 0);
});
