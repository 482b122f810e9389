import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type PersistentVolume, waitFor, waitUntilGone } from "../../clients/sdk/index.ts";
import type { Behaviours } from "../support/behaviours.ts";
import { inDefault, type PodCluster } from "../support/pod-cluster.ts";
import { boundClaim, createClaim, localVolume, patience, withClaim } from "./volumes.ts";

const write = (word: string) => `echo ${word} >> /data/words; cat /data/words`;

function volumeGone({ client }: PodCluster, name: string): Promise<void> {
  return waitUntilGone(client.core.v1.persistentvolumes, name, { timeoutMs: patience.timeoutMs });
}

async function volumeIs({ client }: PodCluster, name: string, phase: string): Promise<PersistentVolume | undefined> {
  return waitFor(client.core.v1.persistentvolumes, name, (it) => it?.status?.phase === phase, {
    timeoutMs: patience.timeoutMs,
  });
}

export const claimBehaviours: Behaviours = {
  "a claim gets the smallest volume that does; what is written stays when the claim has gone, if it is to": async (
    cluster,
  ) => {
    const { persistentvolumeclaims } = cluster.client.core.v1;
    const path = join(cluster.home, "small");
    mkdirSync(path);
    await localVolume(cluster, "large", { path: cluster.home, storage: "9Gi", storageClassName: "static" });
    await localVolume(cluster, "small", { path, storage: "2Gi", storageClassName: "static" });
    await Promise.all([volumeIs(cluster, "large", "Available"), volumeIs(cluster, "small", "Available")]);
    await createClaim(cluster, "static", { storage: "1Gi", storageClassName: "static" });
    const claim = await boundClaim(cluster, "static");
    assert.deepEqual([claim.spec?.volumeName, claim.status?.capacity?.["storage"]], ["small", "2Gi"]);
    assert.equal(await cluster.output("static", write("kept"), ...withClaim("static")), "kept\n");
    await persistentvolumeclaims.delete("static", inDefault);
    await volumeIs(cluster, "small", "Released");
    assert.equal(readFileSync(join(path, "words"), "utf8"), "kept\n");
  },

  "a volume is made when the first pod wants it, outlives its pods, and goes with its claim": async (cluster) => {
    const { persistentvolumeclaims } = cluster.client.core.v1;
    const made = await createClaim(cluster, "dynamic", { storage: "1Gi" });
    assert.equal(made.spec?.storageClassName, "standard");
    await cluster.told("dynamic", "WaitForFirstConsumer: waiting for first consumer to be created before binding");
    assert.equal(await cluster.output("first", write("one"), ...withClaim("dynamic")), "one\n");
    assert.equal(await cluster.output("second", write("two"), ...withClaim("dynamic")), "one\ntwo\n");
    const { spec = {} } = await boundClaim(cluster, "dynamic");
    const volume = await cluster.client.core.v1.persistentvolumes.get(spec.volumeName ?? "");
    const path = volume.spec?.hostPath?.path ?? "";
    assert.ok(existsSync(join(path, "words")));
    assert.equal(volume.spec?.persistentVolumeReclaimPolicy, "Delete");
    await persistentvolumeclaims.delete("dynamic", inDefault);
    await volumeGone(cluster, spec.volumeName ?? "");
    assert.ok(!existsSync(path));
  },

  "a class may want its volumes at once, and kept": async (cluster) => {
    const { persistentvolumeclaims, persistentvolumes } = cluster.client.core.v1;
    await cluster.client.storage.v1.storageclasses.create({
      metadata: { name: "at-once" },
      provisioner: "typernetes.io/local-path",
      reclaimPolicy: "Retain",
      volumeBindingMode: "Immediate",
    });
    await createClaim(cluster, "at-once", { storage: "1Gi", storageClassName: "at-once" });
    const { spec = {} } = await boundClaim(cluster, "at-once");
    await persistentvolumeclaims.delete("at-once", inDefault);
    const volume = await volumeIs(cluster, spec.volumeName ?? "", "Released");
    assert.ok(existsSync(volume?.spec?.hostPath?.path ?? ""));
    await persistentvolumes.delete(spec.volumeName ?? "");
    await volumeGone(cluster, spec.volumeName ?? "");
  },

  "a claim that asks for more gets it, if its class lets volumes grow": async (cluster) => {
    const { persistentvolumeclaims, persistentvolumes } = cluster.client.core.v1;
    await createClaim(cluster, "growing", { storage: "1Gi" });
    await cluster.create(
      "growing",
      cluster.shell("while :; do sleep 1; done", withClaim("growing")[1]),
      withClaim("growing")[0],
    );
    await cluster.ready("growing");
    const more = (storage: string) =>
      persistentvolumeclaims.patch("growing", { spec: { resources: { requests: { storage } } } }, inDefault);
    await more("3Gi");
    const grown = await waitFor(
      persistentvolumeclaims,
      "growing",
      (claim) => claim?.status?.capacity?.["storage"] === "3Gi",
      patience,
    );
    const volume = await persistentvolumes.get(grown?.spec?.volumeName ?? "");
    assert.equal(volume.spec?.capacity?.["storage"], "3Gi");
    await assert.rejects(more("2Gi"), /field can not be less than status\.capacity/);
    await cluster.delete("growing");
  },

  "a claim in use, and a volume with a claim, stay until they are not": async (cluster) => {
    const { persistentvolumeclaims, persistentvolumes } = cluster.client.core.v1;
    await createClaim(cluster, "used", { storage: "1Gi" });
    await cluster.create(
      "using",
      cluster.shell("while :; do sleep 1; done", withClaim("used")[1]),
      withClaim("used")[0],
    );
    await cluster.ready("using");
    const { spec = {} } = await boundClaim(cluster, "used");
    const name = spec.volumeName ?? "";
    await persistentvolumes.delete(name);
    await persistentvolumeclaims.delete("used", inDefault);
    const [claim, volume] = await Promise.all([
      persistentvolumeclaims.get("used", inDefault),
      persistentvolumes.get(name),
    ]);
    assert.ok(claim.metadata?.deletionTimestamp && volume.metadata?.deletionTimestamp);
    assert.deepEqual(claim.metadata.finalizers, ["kubernetes.io/pvc-protection"]);
    await cluster.deleted("using");
    await waitUntilGone(persistentvolumeclaims, "used", patience);
    await volumeGone(cluster, name);
  },

  "a claim that is made from a pod's template goes with the pod": async (cluster) => {
    const { persistentvolumeclaims } = cluster.client.core.v1;
    const resources = { requests: { storage: "1Gi" } };
    const volumeClaimTemplate = {
      metadata: { labels: { of: "pod" } },
      spec: { accessModes: ["ReadWriteOnce"], resources },
    };
    const volumes = [{ name: "data", ephemeral: { volumeClaimTemplate } }];
    const container = cluster.shell(`${write("own")}; while :; do sleep 1; done`, withClaim("")[1]);
    const pod = await cluster.create("owner", container, { volumes });
    assert.deepEqual(await cluster.lines("owner", 1), ["own"]);
    const claim = await persistentvolumeclaims.get("owner-data", inDefault);
    assert.equal(claim.metadata?.ownerReferences?.[0]?.uid, pod.metadata?.uid);
    assert.deepEqual(claim.metadata?.labels, { of: "pod" });
    await cluster.delete("owner");
    await waitUntilGone(persistentvolumeclaims, "owner-data", patience);
  },

  "a pod whose claim is not there waits for it": async (cluster) => {
    await cluster.create("early", cluster.shell(write("late"), withClaim("late")[1]), withClaim("late")[0]);
    await cluster.told("early", "FailedScheduling: ");
    assert.match((await cluster.events("early")).join("\n"), /persistentvolumeclaim "late" not found/);
    await createClaim(cluster, "late", { storage: "1Gi" });
    await cluster.ended("early");
    assert.equal(await cluster.logs("early"), "late\n");
    await cluster.delete("early");
  },

  "a claim for one pod alone keeps the second waiting": async (cluster) => {
    await createClaim(cluster, "alone", { storage: "1Gi", accessModes: ["ReadWriteOncePod"] });
    const [spec, container] = withClaim("alone");
    const waiting = cluster.shell("while :; do sleep 1; done", container);
    await cluster.create("holder", waiting, spec);
    await cluster.ready("holder");
    await cluster.create("follower", waiting, spec);
    await cluster.told("follower", "FailedScheduling: ");
    await cluster.deleted("holder");
    await cluster.ready("follower");
    await cluster.delete("follower");
  },

  "a claim may be mounted for reading alone": async (cluster) => {
    await createClaim(cluster, "reading", { storage: "1Gi" });
    await cluster.output("writer", write("read"), ...withClaim("reading"));
    const volumes = [{ name: "data", persistentVolumeClaim: { claimName: "reading", readOnly: true } }];
    const script = "cat /data/words; touch /data/x 2>/dev/null || echo read-only";
    assert.equal(await cluster.output("reader", script, { volumes }, withClaim("")[1]), "read\nread-only\n");
  },

  "a local volume belongs to the pod's group, unless it does already": async (cluster) => {
    const path = join(cluster.home, "grouped");
    mkdirSync(path);
    writeFileSync(join(path, "old"), "");
    await localVolume(cluster, "grouped", { path, storage: "1Gi", storageClassName: "grouped" });
    await createClaim(cluster, "grouped", { storage: "1Gi", storageClassName: "grouped" });
    const [spec, container] = withClaim("grouped");
    const group = (fsGroupChangePolicy: string) => ({ securityContext: { fsGroup: 4321, fsGroupChangePolicy } });
    const script = "stat -c '%g' /data /data/old";
    const first = await cluster.output("grouping", script, { ...spec, ...group("Always") }, container);
    assert.equal(first, "4321\n4321\n");
    writeFileSync(join(path, "new"), "");
    await cluster.output("grouped", "true", { ...spec, ...group("OnRootMismatch") }, container);
    assert.notEqual(statSync(join(path, "new")).mode & 0o060, 0o060);
  },
};
