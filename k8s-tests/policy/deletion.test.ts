import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { dynamicResource, type Node, type Pod } from "../../clients/sdk/index.ts";
import { conditionOf, isReady, sleeping, template } from "../support/pods.ts";
import { sharedCluster } from "../support/shared-cluster.ts";
import type { Space } from "../support/space.ts";

const labels = { app: "web" };

describe("what goes, and what goes with it", { concurrency: 8 }, () => {
  const cluster = sharedCluster(["--nodes", "2"]);
  const { core, apps } = { core: () => cluster.client.core.v1, apps: () => cluster.client.apps.v1 };
  const pods = () => core().pods;
  const configMaps = () => core().configmaps;
  const namespaces = () => core().namespaces;

  /** On the node that gets no taints. */
  async function deployed(space: Space): Promise<Pod> {
    const spec = sleeping({ nodeSelector: { "kubernetes.io/hostname": "node-1" } });
    await space.create(apps().deployments, {
      metadata: { name: "web" },
      spec: { selector: { matchLabels: labels }, template: template(labels, spec) },
    });
    return space.until("a pod is ready", pods(), ([pod]) => isReady(pod) && pod);
  }

  async function ownedMap(space: Space, name: string, owner: { name: string; uid: string }, more = {}): Promise<void> {
    const reference = { apiVersion: "v1", kind: "ConfigMap", ...owner, ...more };
    await space.create(configMaps(), { metadata: { name, ownerReferences: [reference] } });
  }

  async function map(space: Space, name: string, finalizers?: string[]): Promise<{ name: string; uid: string }> {
    const { metadata } = await space.create(configMaps(), { metadata: { name, ...(finalizers && { finalizers }) } });
    return { name, uid: metadata?.uid ?? "" };
  }

  test("a namespace goes with all that is in it, and says what holds it up", async () => {
    const space = await cluster.space("namespace");
    await deployed(space);
    await map(space, "held", ["example.com/hold"]);
    const { namespace } = space;
    await namespaces().delete(namespace);
    const held = await space.untilOne(
      "it tells what holds it up",
      namespaces(),
      namespace,
      (it) =>
        conditionOf(it, "NamespaceFinalizersRemaining")?.status === "True" &&
        conditionOf(it, "NamespaceContentRemaining")?.message ===
          "Some resources are remaining: configmaps. has 1 resource instances" &&
        it,
    );
    assert.equal(held.status?.phase, "Terminating");
    const told = (type: string) => {
      const { status, reason, message } = conditionOf(held, type) ?? {};
      return [status, reason, message];
    };
    assert.deepEqual(told("NamespaceDeletionDiscoveryFailure"), [
      "False",
      "ResourcesDiscovered",
      "All resources successfully discovered",
    ]);
    assert.deepEqual(told("NamespaceDeletionGroupVersionParsingFailure"), [
      "False",
      "ParsedGroupVersions",
      "All legacy kube types successfully parsed",
    ]);
    assert.deepEqual(told("NamespaceDeletionContentFailure"), [
      "False",
      "ContentDeleted",
      "All content successfully deleted, may be waiting on finalization",
    ]);
    assert.deepEqual(told("NamespaceContentRemaining"), [
      "True",
      "SomeResourcesRemain",
      "Some resources are remaining: configmaps. has 1 resource instances",
    ]);
    assert.deepEqual(told("NamespaceFinalizersRemaining"), [
      "True",
      "SomeFinalizersRemain",
      "Some content in the namespace has finalizers remaining: example.com/hold in 1 resource instances",
    ]);
    await assert.rejects(
      map(space, "late"),
      new RegExp(
        `configmaps "late" is forbidden: unable to create new content in namespace ${namespace} because it is being terminated`,
      ),
    );
    await space.patch(configMaps(), "held", { metadata: { finalizers: null } });
    await space.untilGone(namespaces(), namespace);
  });

  test("deleted in the background, an owner goes first and what it owns after it", async () => {
    const space = await cluster.space("background");
    await deployed(space);
    await apps().deployments.delete("web", { namespace: space.namespace, propagationPolicy: "Background" });
    await assert.rejects(space.get(apps().deployments, "web"), /not found/);
    await space.until("sets have gone", apps().replicasets, (all) => all.length === 0);
    await space.until("pods have gone", pods(), (all) => all.length === 0);
  });

  test("deleted in the foreground, an owner stays until all that blocks it has gone", async () => {
    const space = await cluster.space("foreground");
    const pod = await deployed(space);
    await space.patch(pods(), pod.metadata?.name ?? "", { metadata: { finalizers: ["example.com/hold"] } });
    const { namespace } = space;
    await apps().deployments.delete("web", { namespace, propagationPolicy: "Foreground" });
    await space.untilOne(
      "the pod goes",
      pods(),
      pod.metadata?.name ?? "",
      (it) => it?.metadata?.deletionTimestamp !== undefined,
    );
    const owner = await space.get(apps().deployments, "web");
    assert.deepEqual(owner.metadata?.finalizers, ["foregroundDeletion"]);
    assert.ok(owner.metadata?.deletionTimestamp);
    await space.patch(pods(), pod.metadata?.name ?? "", { metadata: { finalizers: null } });
    await space.untilGone(apps().deployments, "web");
    assert.deepEqual(await space.list(pods()), []);
  });

  test("orphaned, what was owned stays and has no owner", async () => {
    const space = await cluster.space("orphan");
    const pod = await deployed(space);
    await apps().deployments.delete("web", { namespace: space.namespace, propagationPolicy: "Orphan" });
    await space.untilGone(apps().deployments, "web");
    const [set] = await space.until(
      "the set has no owner",
      apps().replicasets,
      (all) => all.every(({ metadata }) => !metadata?.ownerReferences) && all,
    );
    assert.ok(set);
    assert.equal(
      (await space.get(pods(), pod.metadata?.name ?? "")).metadata?.ownerReferences?.[0]?.uid,
      set.metadata?.uid,
    );
  });

  test("what has two owners goes with the last of them; what names one that never was goes at once", async () => {
    const space = await cluster.space("owners");
    const [one, two] = [await map(space, "one"), await map(space, "two")];
    const reference = (owner: object) => ({ apiVersion: "v1", kind: "ConfigMap", ...owner });
    const ownerReferences = [one, two].map((owner) => ({ apiVersion: "v1", kind: "ConfigMap", ...owner }));
    await space.create(configMaps(), { metadata: { name: "both", ownerReferences } });
    await ownedMap(space, "lost", { name: "gone", uid: "00000000-0000-0000-0000-000000000000" });
    await space.untilGone(configMaps(), "lost");
    await space.delete(configMaps(), "one");
    const left = await space.untilOne(
      "one owner is left",
      configMaps(),
      "both",
      (it) => it?.metadata?.ownerReferences?.length === 1 && it,
    );
    assert.deepEqual(left.metadata?.ownerReferences, [reference(two)]);
    await space.delete(configMaps(), "two");
    await space.untilGone(configMaps(), "both");
  });

  test("a circle of owners goes as a whole, also in the foreground", async () => {
    const space = await cluster.space("circle");
    const first = await map(space, "first");
    await ownedMap(space, "second", first, { blockOwnerDeletion: true });
    const { metadata } = await space.get(configMaps(), "second");
    const back = { apiVersion: "v1", kind: "ConfigMap", name: "second", uid: metadata?.uid, blockOwnerDeletion: true };
    await space.patch(configMaps(), "first", { metadata: { ownerReferences: [back] } });
    await configMaps().delete("first", { namespace: space.namespace, propagationPolicy: "Foreground" });
    for (const name of ["first", "second"]) await space.untilGone(configMaps(), name);
  });

  test("custom resources own and are owned, too", async () => {
    const space = await cluster.space("custom");
    const group = `${space.namespace}.example.com`;
    const names = { plural: "boats", singular: "boat", kind: "Boat", listKind: "BoatList" };
    const schema = { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } };
    const definitions = cluster.client.apiextensions.v1.customresourcedefinitions;
    await definitions.create({
      metadata: { name: `boats.${group}` },
      spec: { group, scope: "Namespaced", names, versions: [{ name: "v1", served: true, storage: true, schema }] },
    });
    await space.untilOne(
      "it is served",
      definitions,
      `boats.${group}`,
      (it) => conditionOf(it, "Established")?.status === "True",
    );
    const boats = dynamicResource(cluster.client.transport, { group, version: "v1", kind: "Boat", plural: "boats" });
    const { metadata } = await space.create(boats, {
      apiVersion: `${group}/v1`,
      kind: "Boat",
      metadata: { name: "argo" },
    });
    const owner = { apiVersion: `${group}/v1`, kind: "Boat", name: "argo", uid: metadata?.uid ?? "" };
    await space.create(configMaps(), { metadata: { name: "crew", ownerReferences: [owner] } });
    const crew = {
      apiVersion: "v1",
      kind: "ConfigMap",
      name: "crew",
      uid: (await space.get(configMaps(), "crew")).metadata?.uid ?? "",
    };
    await space.create(boats, {
      apiVersion: `${group}/v1`,
      kind: "Boat",
      metadata: { name: "dinghy", ownerReferences: [crew] },
    });
    await space.delete(boats, "argo");
    await space.untilGone(configMaps(), "crew");
    await space.untilGone(boats, "dinghy");
    await definitions.delete(`boats.${group}`);
    await space.untilGone(definitions, `boats.${group}`);
  });

  test("a taint evicts the pods that do not tolerate it, others after the time that they tolerate it", async () => {
    const space = await cluster.space("taint");
    const { nodes } = core();
    const key = "example.com/leave";
    const on = (name: string, tolerations: object[]) =>
      space.create(pods(), {
        metadata: { name, finalizers: ["example.com/hold"] },
        spec: sleeping({ nodeName: "node-2", tolerations }),
      });
    await on("leaves", []);
    await on("stays", [{ key, operator: "Exists", effect: "NoExecute" }]);
    await on("lingers", [{ key, operator: "Exists", effect: "NoExecute", tolerationSeconds: 2 }]);
    await space.until("all run", pods(), (all) => all.length === 3 && all.every(isReady));
    const taints = (node: Node) => (node.spec?.taints ?? []).filter((taint) => taint.key !== key);
    const node = await nodes.get("node-2");
    const taintedAt = Date.now();
    await nodes.patch("node-2", { spec: { taints: [...taints(node), { key, effect: "NoExecute" }] } });
    try {
      const evicted = (name: string) =>
        space.untilOne(`${name} goes`, pods(), name, (it) => it?.metadata?.deletionTimestamp !== undefined && it);
      const left = await evicted("leaves");
      const target = conditionOf(left, "DisruptionTarget");
      assert.deepEqual(
        [target?.status, target?.reason, target?.message],
        ["True", "DeletionByTaintManager", "Taint manager: deleting due to NoExecute taint"],
      );
      await space.untilEvent({
        of: "leaves",
        reason: "TaintManagerEviction",
        message: `Marking for deletion Pod ${space.namespace}/leaves`,
      });
      const lingered = await evicted("lingers");
      // Whole seconds, of which one may be lost.
      assert.ok(Date.parse(lingered.metadata?.deletionTimestamp ?? "") >= taintedAt + 1_000);
      assert.equal((await space.get(pods(), "stays")).metadata?.deletionTimestamp, undefined);
    } finally {
      await nodes.patch("node-2", { spec: { taints: null } });
      for (const name of ["leaves", "stays", "lingers"])
        await space.patch(pods(), name, { metadata: { finalizers: null } });
    }
  });
});
