import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { PersistentVolume } from "../../../gen/typernetes/core/v1/persistent_volume.ts";
import type { PersistentVolumeClaim } from "../../../gen/typernetes/core/v1/persistent_volume_claim.ts";
import { createEphemeralVolumeController } from "../ephemeralvolume/controller.ts";
import { createPvcProtectionController } from "../pvcprotection/controller.ts";
import { createPvProtectionController } from "../pvprotection/controller.ts";
import { eventuallyHolds, startTestCluster, type TestCluster } from "../testing/test-cluster.ts";
import { createVolumeExpandController } from "../volumeexpand/controller.ts";
import { createPersistentVolumeController } from "./controller.ts";
import { createLocalPathProvisioner } from "./local-path-provisioner.ts";

const namespace = "default";
let cluster: TestCluster;
let directory: string;

before(async () => {
  directory = await mkdtemp(join(tmpdir(), "volumes-"));
  cluster = await startTestCluster([
    createPersistentVolumeController,
    createPvcProtectionController,
    createPvProtectionController,
    createEphemeralVolumeController,
    createVolumeExpandController,
    (context) => createLocalPathProvisioner(context, directory),
  ]);
  const labels = { "kubernetes.io/hostname": "host-1" };
  await cluster.client.core.v1.nodes.create({ metadata: { name: "node-1", labels } });
});
after(async () => {
  await cluster.close();
  await rm(directory, { recursive: true, force: true });
});

const claims = () => cluster.client.core.v1.persistentvolumeclaims;
const volumes = () => cluster.client.core.v1.persistentvolumes;

function createVolume(name: string, spec: PersistentVolume["spec"] = {}): Promise<PersistentVolume> {
  return volumes().create({
    metadata: { name },
    spec: {
      ...{ capacity: { storage: "1Gi" }, accessModes: ["ReadWriteOnce"], storageClassName: name },
      ...{ hostPath: { path: `/tmp/${name}` }, ...spec },
    },
  });
}

function createClaim(name: string, spec: PersistentVolumeClaim["spec"] = {}): Promise<PersistentVolumeClaim> {
  const resources = { requests: { storage: "1Gi" } };
  return claims().create({
    metadata: { name, namespace },
    spec: { accessModes: ["ReadWriteOnce"], resources, storageClassName: name, ...spec },
  });
}

function createPod(name: string, claim: string, nodeName?: string) {
  return cluster.client.core.v1.pods.create({
    metadata: { name, namespace },
    spec: {
      ...(nodeName && { nodeName }),
      containers: [{ name: "c", image: "i" }],
      volumes: [{ name: "v", persistentVolumeClaim: { claimName: claim } }],
    },
  });
}

const claimBecomes = (name: string, check: (claim: PersistentVolumeClaim) => unknown) =>
  eventuallyHolds(async () => check(await claims().get(name, { namespace })));
const claimIs = (name: string, phase: string) => claimBecomes(name, ({ status }) => assert.equal(status?.phase, phase));
const volumeIs = (name: string, phase: string) =>
  eventuallyHolds(async () => assert.equal((await volumes().get(name)).status?.phase, phase));

test("a claim gets the smallest volume of its class that does, and both say so", async () => {
  for (const [name, storage] of [
    ["large", "5Gi"],
    ["small", "2Gi"],
    ["tiny", "1Mi"],
  ] as const)
    await createVolume(`pick-${name}`, { storageClassName: "pick", capacity: { storage } });
  await volumeIs("pick-small", "Available");
  await volumeIs("pick-large", "Available");
  const { metadata } = await createClaim("pick");
  await claimIs("pick", "Bound");
  const claim = await claims().get("pick", { namespace });
  assert.equal(claim.spec?.volumeName, "pick-small");
  assert.deepEqual(claim.status?.capacity, { storage: "2Gi" });
  assert.equal(claim.metadata?.annotations?.["pv.kubernetes.io/bind-completed"], "yes");
  assert.deepEqual(claim.metadata?.finalizers, ["kubernetes.io/pvc-protection"]);
  const volume = await volumes().get("pick-small");
  assert.equal(volume.spec?.claimRef?.uid, metadata?.uid);
  await volumeIs("pick-small", "Bound");
});

test("a claim waits for a volume, by name or by label, and one volume serves one claim", async () => {
  await createClaim("late", { selector: { matchLabels: { disk: "fast" } } });
  await createVolume("late");
  await claimIs("late", "Pending");
  await volumes().patch("late", { metadata: { labels: { disk: "fast" } } });
  await claimIs("late", "Bound");
  await createClaim("named", { volumeName: "named-volume", storageClassName: "late" });
  await claimIs("named", "Pending");
  await createVolume("named-volume", { storageClassName: "late" });
  await claimIs("named", "Bound");
  await createClaim("left", { storageClassName: "late" });
  await claimIs("left", "Pending");
});

test("a volume that waits for a claim by name is given to no other", async () => {
  await createVolume("held", { claimRef: { namespace, name: "heir" } });
  await volumeIs("held", "Available");
  await createClaim("stranger", { storageClassName: "held" });
  await claimIs("stranger", "Pending");
  await createClaim("heir", { storageClassName: "held" });
  await claimIs("heir", "Bound");
});

test("a retained volume is released when its claim goes; a lost one is missed", async () => {
  await createVolume("keep");
  await createClaim("keep");
  await claimIs("keep", "Bound");
  await claims().delete("keep", { namespace });
  await volumeIs("keep", "Released");
  await createVolume("lose");
  await createClaim("lose");
  await claimIs("lose", "Bound");
  const volume = await volumes().get("lose");
  await volumes().delete("lose");
  await cluster.settle();
  assert.ok((await volumes().get("lose")).metadata?.deletionTimestamp, "a bound volume stays");
  await volumes().update({
    ...(await volumes().get("lose")),
    metadata: { ...volume.metadata, resourceVersion: undefined, finalizers: [] },
  });
  await claimIs("lose", "Lost");
});

test("the default class makes a folder where the first pod with the claim goes, and removes it with the claim", async () => {
  await claims().create({
    metadata: { name: "data", namespace },
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
  });
  await claimBecomes("data", ({ spec }) => assert.equal(spec?.storageClassName, "standard"));
  await cluster.settle();
  await claimIs("data", "Pending");
  const annotations = { "volume.kubernetes.io/selected-node": "node-1" };
  await claims().patch("data", { metadata: { annotations } }, { namespace });
  await claimIs("data", "Bound");
  const { spec } = await claims().get("data", { namespace });
  const volume = await volumes().get(spec?.volumeName ?? "");
  const path = volume.spec?.hostPath?.path ?? "";
  assert.equal((await stat(path)).mode & 0o777, 0o777);
  const [term] = volume.spec?.nodeAffinity?.required?.nodeSelectorTerms ?? [];
  assert.deepEqual(term?.matchExpressions?.[0]?.values, ["host-1"]);
  await claims().patch("data", { spec: { resources: { requests: { storage: "2Gi" } } } }, { namespace });
  await claimBecomes("data", ({ status }) => assert.equal(status?.capacity?.["storage"], "2Gi"));
  await claims().delete("data", { namespace });
  await eventuallyHolds(() => assert.ok(!existsSync(path)));
  await eventuallyHolds(() => assert.rejects(volumes().get(spec?.volumeName ?? ""), { reason: "NotFound" }));
});

test("a pod that was put on a node past the scheduler gets its volume there; its claim stays while it does", async () => {
  await createClaim("pinned", { storageClassName: "local-path" });
  await createPod("pinned", "pinned", "node-1");
  await claimIs("pinned", "Bound");
  await claims().delete("pinned", { namespace });
  await cluster.settle();
  assert.ok((await claims().get("pinned", { namespace })).metadata?.deletionTimestamp);
  await cluster.client.core.v1.pods.delete("pinned", { namespace, gracePeriodSeconds: 0 });
  await eventuallyHolds(() => assert.rejects(claims().get("pinned", { namespace }), { reason: "NotFound" }));
});

test("a claim whose node is not known yet gets its volume when the node comes", async () => {
  await createClaim("ahead", { storageClassName: "local-path" });
  const annotations = { "volume.kubernetes.io/selected-node": "node-2" };
  await claims().patch("ahead", { metadata: { annotations } }, { namespace });
  await cluster.settle();
  await claimIs("ahead", "Pending");
  await cluster.client.core.v1.nodes.create({ metadata: { name: "node-2" } });
  await claimIs("ahead", "Bound");
});

test("a class with a provisioner elsewhere asks for the volume", async () => {
  await cluster.client.storage.v1.storageclasses.create({
    metadata: { name: "far" },
    provisioner: "example.com/far",
  });
  await createClaim("far");
  await claimBecomes("far", ({ metadata }) =>
    assert.equal(metadata?.annotations?.["volume.kubernetes.io/storage-provisioner"], "example.com/far"),
  );
});

test("a pod's own claim is made from its template, but not taken from another", async () => {
  const volumeClaimTemplate = {
    metadata: { labels: { from: "template" } },
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } }, storageClassName: "own" },
  };
  const pod = await cluster.client.core.v1.pods.create({
    metadata: { name: "own", namespace },
    spec: {
      containers: [{ name: "c", image: "i" }],
      volumes: [{ name: "scratch", ephemeral: { volumeClaimTemplate } }],
    },
  });
  await claimBecomes("own-scratch", ({ metadata }) => {
    assert.equal(metadata?.ownerReferences?.[0]?.uid, pod.metadata?.uid);
    assert.deepEqual(metadata?.labels, { from: "template" });
  });
});

test("claims and volumes at rest write nothing", () => cluster.settle());
