import assert from "node:assert/strict";
import { test } from "node:test";
import type { PersistentVolume } from "../../../gen/typernetes/core/v1/persistent_volume.ts";
import type { PersistentVolumeClaim } from "../../../gen/typernetes/core/v1/persistent_volume_claim.ts";
import { podInfo } from "../snapshot/pod-info.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import { newNode, newPod, refusals, snapshotOf } from "../testing/objects.ts";
import { nodeVolumeLimits } from "./node-volume-limits.ts";
import { volumeBinding } from "./volume-binding.ts";
import { volumeRestrictions } from "./volume-restrictions.ts";
import { volumeZone } from "./volume-zone.ts";

const zone = "topology.kubernetes.io/zone";
const nodes = ["a", "b"].map((name) => newNode(name, { metadata: { labels: { [zone]: `zone-${name}` } } }));

function using(name: string, ...claims: string[]) {
  const volumes = claims.map((claimName) => ({ name: claimName, persistentVolumeClaim: { claimName } }));
  return newPod(name, { volumes });
}

function putClaim(snapshot: Snapshot, name: string, spec: PersistentVolumeClaim["spec"], phase = "Pending"): void {
  const resources = { requests: { storage: "1Gi" } };
  snapshot.volumes.claims.set(`default/${name}`, {
    metadata: { name, namespace: "default" },
    spec: { accessModes: ["ReadWriteOnce"], storageClassName: "late", resources, ...spec },
    status: { phase },
  });
}

function putVolume(snapshot: Snapshot, name: string, spec: PersistentVolume["spec"], labels = {}): void {
  const basic = { accessModes: ["ReadWriteOnce"], storageClassName: "late", capacity: { storage: "1Gi" } };
  snapshot.volumes.volumes.set(name, { metadata: { name, labels }, spec: { ...basic, ...spec } });
}

function onNode(name: string): PersistentVolume["spec"] {
  const matchExpressions = [{ key: "kubernetes.io/hostname", operator: "In", values: [name] }];
  return { nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions }] } } };
}

function storage(provisioner: string): Snapshot {
  const snapshot = snapshotOf(nodes);
  snapshot.volumes.classes.set("late", { provisioner, volumeBindingMode: "WaitForFirstConsumer" });
  snapshot.volumes.classes.set("now", { provisioner, volumeBindingMode: "Immediate" });
  return snapshot;
}

test("VolumeBinding: claims that keep a pod from every node", () => {
  const snapshot = storage("example.com/disks");
  putClaim(snapshot, "immediate", { storageClassName: "now" });
  putClaim(snapshot, "lost", {}, "Lost");
  const problem = (claim: string) => volumeBinding.preFilter?.(podInfo(using("p", claim)), snapshot);
  assert.equal(problem("none"), 'persistentvolumeclaim "none" not found');
  assert.equal(problem("immediate"), "pod has unbound immediate PersistentVolumeClaims");
  assert.equal(problem("lost"), 'persistentvolumeclaim "lost" bound to non-existent persistentvolume ""');
  const ephemeral = newPod("p", { volumes: [{ name: "scratch", ephemeral: {} }] });
  assert.equal(
    volumeBinding.preFilter?.(podInfo(ephemeral), snapshot),
    'waiting for ephemeral volume controller to create the persistentvolumeclaim "p-scratch"',
  );
});

test("VolumeBinding: a bound claim keeps its pod to the nodes that its volume is on", () => {
  const snapshot = storage("example.com/disks");
  putVolume(snapshot, "on-a", onNode("a"));
  putClaim(snapshot, "bound", { volumeName: "on-a" }, "Bound");
  assert.deepEqual(refusals(volumeBinding, using("p", "bound"), snapshot), [
    [],
    ["node(s) had volume node affinity conflict"],
  ]);
});

test("VolumeBinding: a claim that waits goes where a volume is, or where one can be made", () => {
  const none = ["node(s) didn't find available persistent volumes to bind"];
  const local = storage("kubernetes.io/no-provisioner");
  putVolume(local, "on-b", onNode("b"));
  putClaim(local, "one", {});
  putClaim(local, "two", {});
  assert.deepEqual(refusals(volumeBinding, using("p", "one"), local), [none, []]);
  assert.deepEqual(refusals(volumeBinding, using("p", "one", "two"), local), [none, none]);
  local.volumes.promised.set("on-b", "default/two");
  assert.deepEqual(refusals(volumeBinding, using("p", "one"), local), [none, none]);
  const made = storage("example.com/disks");
  putClaim(made, "one", {});
  assert.deepEqual(refusals(volumeBinding, using("p", "one"), made), [[], []]);
  made.volumes.provisioning.set("default/one", "a");
  assert.deepEqual(refusals(volumeBinding, using("p", "one"), made), [[], none]);
});

test("VolumeBinding: volumes are made only where the driver has space", () => {
  const snapshot = storage("example.com/disks");
  snapshot.volumes.drivers.set("example.com/disks", { spec: { storageCapacity: true } });
  const nodeTopology = { matchLabels: { [zone]: "zone-a" } };
  snapshot.volumes.capacities.set("c", { storageClassName: "late", nodeTopology, capacity: "2Gi" });
  putClaim(snapshot, "one", {});
  assert.deepEqual(refusals(volumeBinding, using("p", "one"), snapshot), [
    [],
    ["node(s) did not have enough free storage"],
  ]);
});

test("VolumeZone: pods go to the zone of their volume", () => {
  const snapshot = storage("example.com/disks");
  putVolume(snapshot, "v", {}, { [zone]: "zone-b" });
  putClaim(snapshot, "bound", { volumeName: "v" }, "Bound");
  assert.deepEqual(refusals(volumeZone, using("p", "bound"), snapshot), [["node(s) had no available volume zone"], []]);
});

test("VolumeRestrictions: a claim for one pod is not shared", () => {
  const snapshot = storage("example.com/disks");
  putClaim(snapshot, "mine", { volumeName: "v", accessModes: ["ReadWriteOncePod"] }, "Bound");
  const pod = using("p", "mine");
  assert.deepEqual(refusals(volumeRestrictions, pod, snapshot), [[], []]);
  const other = podInfo(using("o", "mine"));
  snapshot.placePod(other, "a");
  const refused = ["node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode"];
  assert.deepEqual(refusals(volumeRestrictions, pod, snapshot), [refused, refused]);
  snapshot.removePod(other.uid);
  assert.deepEqual(refusals(volumeRestrictions, pod, snapshot), [[], []]);
});

test("NodeVolumeLimits: a node attaches so many volumes of a driver", () => {
  const snapshot = storage("example.com/disks");
  for (const name of ["one", "two"]) {
    putVolume(snapshot, name, { csi: { driver: "example.com/disks", volumeHandle: name } });
    putClaim(snapshot, name, { volumeName: name }, "Bound");
  }
  snapshot.volumes.nodes.set("a", { spec: { drivers: [{ name: "example.com/disks", allocatable: { count: 1 } }] } });
  snapshot.placePod(podInfo(using("o", "one")), "a");
  assert.deepEqual(refusals(nodeVolumeLimits, using("p", "two"), snapshot), [["node(s) exceed max volume count"], []]);
  assert.deepEqual(refusals(nodeVolumeLimits, using("p", "one"), snapshot), [[], []]);
});
