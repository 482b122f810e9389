import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { ConfigMap } from "../../../gen/typernetes/core/v1/config_map.ts";
import type { OwnerReference } from "../../../gen/typernetes/meta/v1/object_meta.ts";
import { isStatusError } from "../../../lib/base/status-error.ts";
import type { KubernetesObject } from "../../../lib/client/resource-client.ts";
import { eventuallyHolds, startTestCluster, type TestCluster } from "../testing/test-cluster.ts";
import { createGarbageCollector } from "./controller.ts";

const namespace = "default";
let cluster: TestCluster;

before(async () => {
  cluster = await startTestCluster([createGarbageCollector]);
});
after(() => cluster.close());

function create(name: string, owners: OwnerReference[] = [], where = namespace): Promise<ConfigMap> {
  return cluster.client.core.v1.configmaps.create({ metadata: { name, namespace: where, ownerReferences: owners } });
}

function by(owner: KubernetesObject, changes: OwnerReference = {}): OwnerReference {
  const { name, uid } = owner.metadata ?? {};
  return { apiVersion: "v1", kind: "ConfigMap", name, uid, ...changes };
}

function get(name: string, where = namespace): Promise<ConfigMap> {
  return cluster.client.core.v1.configmaps.get(name, { namespace: where });
}

function remove(name: string, propagationPolicy: "Background" | "Foreground" | "Orphan"): Promise<ConfigMap> {
  return cluster.client.core.v1.configmaps.delete(name, { namespace, propagationPolicy });
}

function goes(name: string, where = namespace): Promise<void> {
  return eventuallyHolds(() => assert.rejects(get(name, where), (error) => isStatusError(error, "NotFound")));
}

test("dependents go after their owner, down the generations", async () => {
  const grandmother = await create("grandmother");
  const mother = await create("mother", [by(grandmother)]);
  await create("daughter", [by(mother)]);
  await create("stranger");
  await remove("grandmother", "Background");
  await goes("grandmother");
  await goes("mother");
  await goes("daughter");
  await get("stranger");
});

test("a dependent with another living owner stays, and forgets the dead one", async () => {
  const [first, second] = [await create("first"), await create("second")];
  await create("shared", [by(first), by(second)]);
  await remove("first", "Background");
  await eventuallyHolds(async () => {
    const { metadata } = await get("shared");
    assert.deepEqual(
      metadata?.ownerReferences?.map(({ name }) => name),
      ["second"],
    );
  });
});

test("an owner deleted in the foreground goes after the dependents that block it", async () => {
  const owner = await create("patient");
  const blocking = await create("blocking", [by(owner, { blockOwnerDeletion: true })]);
  await create("other", [by(owner)]);
  const held = { metadata: { finalizers: ["test/held"] } };
  await cluster.client.core.v1.configmaps.patch("blocking", held, { namespace });
  await remove("patient", "Foreground");
  await goes("other");
  await eventuallyHolds(async () => assert.ok((await get("blocking")).metadata?.deletionTimestamp));
  await cluster.settle();
  await get("patient");
  await cluster.client.core.v1.configmaps.patch("blocking", { metadata: { finalizers: null } }, { namespace });
  await goes("blocking");
  await goes("patient");
  assert.ok(blocking.metadata?.uid);
});

test("foreground deletion goes down the generations, the youngest first", async () => {
  const block = { blockOwnerDeletion: true };
  const owner = await create("f-owner");
  const middle = await create("f-middle", [by(owner, block)]);
  await create("f-leaf", [by(middle, block)]);
  await remove("f-owner", "Foreground");
  for (const name of ["f-leaf", "f-middle", "f-owner"]) await goes(name);
});

test("orphans live on without an owner", async () => {
  const owner = await create("leaver");
  await create("orphan", [by(owner)]);
  await remove("leaver", "Orphan");
  await goes("leaver");
  assert.equal((await get("orphan")).metadata?.ownerReferences, undefined);
});

test("objects that own each other can be deleted in the foreground", async () => {
  const block = { blockOwnerDeletion: true };
  const one = await create("circle-1");
  const two = await create("circle-2", [by(one, block)]);
  await cluster.client.core.v1.configmaps.patch(
    "circle-1",
    { metadata: { ownerReferences: [by(two, block)] } },
    { namespace },
  );
  await cluster.settle();
  await remove("circle-1", "Foreground");
  await goes("circle-1");
  await goes("circle-2");
});

test("a dependent made after its owner went is collected", async () => {
  const owner = await create("short-lived");
  await remove("short-lived", "Background");
  await goes("short-lived");
  await create("late", [by(owner)]);
  await goes("late");
});

test("an owner of the same name but another uid is not the owner", async () => {
  await create("namesake");
  await create("mistaken", [{ apiVersion: "v1", kind: "ConfigMap", name: "namesake", uid: "another" }]);
  await goes("mistaken");
  await get("namesake");
});

test("an owner in another namespace owns nothing here, and an event says so", async () => {
  await cluster.client.core.v1.namespaces.create({ metadata: { name: "elsewhere" } });
  const far = await create("far", [], "elsewhere");
  await cluster.settle();
  await create("claimed", [by(far)]);
  await goes("claimed");
  await get("far", "elsewhere");
  await eventuallyHolds(async () => {
    const { items } = await cluster.client.core.v1.events.list({ namespace });
    const event = items.find(({ involvedObject }) => involvedObject?.name === "claimed");
    assert.equal(event?.reason, "OwnerRefInvalidNamespace");
  });
});

test("a cluster-scoped object with an owner in a namespace is never collected", async () => {
  const owner = await create("namespaced-owner");
  const { namespaces } = cluster.client.core.v1;
  await namespaces.create({ metadata: { name: "wide", ownerReferences: [by(owner)] } });
  await namespaces.create({
    metadata: { name: "wider", ownerReferences: [by({ metadata: { name: "x", uid: "y" } })] },
  });
  await remove("namespaced-owner", "Background");
  await goes("namespaced-owner");
  await cluster.settle();
  for (const name of ["wide", "wider"])
    assert.equal((await namespaces.get(name)).metadata?.deletionTimestamp, undefined);
});

test("cluster-scoped owners own in every namespace: a node's lease goes with it", async () => {
  const { nodes } = cluster.client.core.v1;
  const { leases } = cluster.client.coordination.v1;
  const node = await nodes.create({ metadata: { name: "n" } });
  const owner = { apiVersion: "v1", kind: "Node", name: "n", uid: node.metadata?.uid };
  const where = { namespace: "kube-node-lease" };
  await leases.create({ metadata: { name: "n", ...where, ownerReferences: [owner] } });
  await cluster.settle();
  await leases.get("n", where);
  await nodes.delete("n");
  await eventuallyHolds(() => assert.rejects(leases.get("n", where), (error) => isStatusError(error, "NotFound")));
});

test("an owner of a kind that nobody knows counts as alive", async () => {
  await create("custom", [{ apiVersion: "example.com/v1", kind: "Thing", name: "t", uid: "u" }]);
  await cluster.settle();
  await get("custom");
});

test("what it collected is finished, and at rest nothing is written", () => cluster.settle());
