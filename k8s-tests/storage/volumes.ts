import assert from "node:assert/strict";
import type { Container, PersistentVolume, PersistentVolumeClaim, PodSpec } from "../../clients/sdk/index.ts";
import { waitFor } from "../../clients/sdk/index.ts";
import { inDefault, type PodCluster, patienceMs } from "../support/pod-cluster.ts";

/** Waits for objects of the tests' namespace, as long as a slow machine may need. */
export const patience = { ...inDefault, timeoutMs: patienceMs };

interface VolumeWish {
  path: string;
  storage: string;
  storageClassName: string;
  volumeMode?: string;
}

/** A volume of the cluster's only node that is kept when its claim goes. */
export async function localVolume(cluster: PodCluster, name: string, wish: VolumeWish): Promise<PersistentVolume> {
  const { path, storage, storageClassName, volumeMode = "Filesystem" } = wish;
  const matchExpressions = [{ key: "kubernetes.io/hostname", operator: "In", values: [await cluster.nodeName()] }];
  return cluster.client.core.v1.persistentvolumes.create({
    metadata: { name },
    spec: {
      ...{ storageClassName, volumeMode, local: { path } },
      capacity: { storage },
      accessModes: ["ReadWriteOnce"],
      persistentVolumeReclaimPolicy: "Retain",
      nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions }] } },
    },
  });
}

interface ClaimWish {
  storage: string;
  storageClassName?: string;
  accessModes?: string[];
  volumeMode?: string;
}

export function createClaim(cluster: PodCluster, name: string, wish: ClaimWish): Promise<PersistentVolumeClaim> {
  const { storage, accessModes = ["ReadWriteOnce"], ...rest } = wish;
  return cluster.client.core.v1.persistentvolumeclaims.create({
    metadata: { ...inDefault, name },
    spec: { ...rest, accessModes, resources: { requests: { storage } } },
  });
}

/** The claim, once it has its volume. */
export async function boundClaim(cluster: PodCluster, name: string): Promise<PersistentVolumeClaim> {
  const { persistentvolumeclaims } = cluster.client.core.v1;
  const claim = await waitFor(persistentvolumeclaims, name, (it) => it?.status?.phase === "Bound", patience);
  assert.ok(claim);
  return claim;
}

/** What makes a pod and its container have a claim at `/data`. */
export function withClaim(claimName: string): [Partial<PodSpec>, Partial<Container>] {
  const volumes = [{ name: "data", persistentVolumeClaim: { claimName } }];
  return [{ volumes }, { volumeMounts: [{ name: "data", mountPath: "/data" }] }];
}
