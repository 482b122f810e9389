import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { eventually } from "../../../lib/base/eventually.ts";
import { isStatusError } from "../../../lib/base/status-error.ts";
import type { KubernetesObject, ResourceClient } from "../../../lib/client/resource-client.ts";
import { createNamespaceController } from "../namespace/controller.ts";
import { eventuallyHolds, startTestCluster, type TestCluster } from "../testing/test-cluster.ts";
import { createGarbageCollector } from "./controller.ts";

const group = "stable.example.com";
let cluster: TestCluster;
let gadgets: ResourceClient<KubernetesObject>;

before(async () => {
  cluster = await startTestCluster([createGarbageCollector, createNamespaceController]);
  await cluster.client.apiextensions.v1.customresourcedefinitions.create({
    metadata: { name: `gadgets.${group}` },
    spec: {
      group,
      scope: "Namespaced",
      names: { plural: "gadgets", kind: "Gadget" },
      versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object" } } }],
    },
  });
  const client = cluster.client.dynamic(group, "gadgets", "v1");
  assert.ok(client);
  gadgets = client;
  await eventuallyHolds(async () => void (await gadgets.list({ namespace: "default" })));
});
after(() => cluster.close());

const gadget = (name: string, namespace: string) => ({
  apiVersion: `${group}/v1`,
  kind: "Gadget",
  metadata: { name, namespace },
});

function isGone(attempt: () => Promise<unknown>): Promise<void> {
  return eventuallyHolds(() => assert.rejects(attempt(), (error) => isStatusError(error, "NotFound")));
}

test("what a custom object owns goes with it", async () => {
  const namespace = "default";
  const owner = await gadgets.create(gadget("owner", namespace));
  const { uid, name } = owner.metadata ?? {};
  const ownerReferences = [{ apiVersion: `${group}/v1`, kind: "Gadget", name, uid }];
  await cluster.client.core.v1.configmaps.create({ metadata: { name: "owned", namespace, ownerReferences } });
  await gadgets.create({ ...gadget("child", namespace), metadata: { name: "child", namespace, ownerReferences } });
  await gadgets.delete("owner", { namespace, propagationPolicy: "Background" });
  await isGone(() => cluster.client.core.v1.configmaps.get("owned", { namespace }));
  await isGone(() => gadgets.get("child", { namespace }));
});

test("custom objects without a namespace are collected too, also when the owner went before anybody knew the kind", async () => {
  const names = { plural: "regions", kind: "Region" };
  await cluster.client.apiextensions.v1.customresourcedefinitions.create({
    metadata: { name: `regions.${group}` },
    spec: {
      ...{ group, scope: "Cluster", names },
      versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object" } } }],
    },
  });
  const regions = cluster.client.dynamic(group, "regions", "v1");
  assert.ok(regions);
  await eventuallyHolds(async () => void (await regions.list()));
  const apiVersion = `${group}/v1`;
  const owner = await regions.create({ apiVersion, kind: "Region", metadata: { name: "owner" } });
  const ownerReferences = [{ apiVersion, kind: "Region", name: "owner", uid: owner.metadata?.uid }];
  await regions.create({ apiVersion, kind: "Region", metadata: { name: "child", ownerReferences } });
  await regions.delete("owner", { propagationPolicy: "Background" });
  await isGone(() => regions.get("child"));
});

test("a namespace takes its custom objects along", async () => {
  await cluster.client.core.v1.namespaces.create({ metadata: { name: "brief" } });
  await gadgets.create(gadget("a", "brief"));
  await cluster.client.core.v1.namespaces.delete("brief");
  await isGone(() => cluster.client.core.v1.namespaces.get("brief"));
  assert.deepEqual((await gadgets.list({ namespace: "brief" })).items, []);
});

test("what a custom object owns goes with its definition", async () => {
  const namespace = "default";
  const { core, apiextensions } = cluster.client;
  await apiextensions.v1.customresourcedefinitions.create({
    metadata: { name: `widgets.${group}` },
    spec: {
      ...{ group, scope: "Namespaced", names: { plural: "widgets", kind: "Widget" } },
      versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object" } } }],
    },
  });
  const widgets = cluster.client.dynamic(group, "widgets", "v1");
  assert.ok(widgets);
  const apiVersion = `${group}/v1`;
  const owner = await eventually(() =>
    widgets.create({ apiVersion, kind: "Widget", metadata: { name: "w", namespace } }),
  );
  const ownerReferences = [{ apiVersion, kind: "Widget", name: "w", uid: owner.metadata?.uid }];
  await core.v1.configmaps.create({ metadata: { name: "of-widget", namespace, ownerReferences } });
  await apiextensions.v1.customresourcedefinitions.delete(`widgets.${group}`);
  await isGone(() => core.v1.configmaps.get("of-widget", { namespace }));
});

test("what a custom object owns stays when the version goes of which it speaks", async () => {
  const namespace = "default";
  const { core, apiextensions } = cluster.client;
  const { customresourcedefinitions } = apiextensions.v1;
  const schema = { openAPIV3Schema: { type: "object" } };
  const old = { name: "v1beta1", served: true, storage: true, schema };
  await customresourcedefinitions.create({
    metadata: { name: `engines.${group}` },
    spec: { group, scope: "Namespaced", names: { plural: "engines", kind: "Engine" }, versions: [old] },
  });
  const [before, now] = ["v1beta1", "v1"].map((version) => cluster.client.dynamic(group, "engines", version));
  assert.ok(before && now);
  const apiVersion = `${group}/v1beta1`;
  const owner = await eventually(() =>
    before.create({ apiVersion, kind: "Engine", metadata: { name: "e", namespace } }),
  );
  const ownerReferences = [{ apiVersion, kind: "Engine", name: "e", uid: owner.metadata?.uid }];
  await core.v1.configmaps.create({ metadata: { name: "of-engine", namespace, ownerReferences } });
  const versions = [
    { ...old, served: false, storage: false },
    { ...old, name: "v1" },
  ];
  await customresourcedefinitions.patch(
    `engines.${group}`,
    { spec: { versions } },
    { type: "application/merge-patch+json" },
  );
  await eventuallyHolds(async () => void (await now.get("e", { namespace })));
  await cluster.settle();
  await core.v1.configmaps.get("of-engine", { namespace });
  await now.delete("e", { namespace });
  await isGone(() => core.v1.configmaps.get("of-engine", { namespace }));
});
