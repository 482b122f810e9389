import type { PersistentVolume } from "../../../gen/typernetes/core/v1/persistent_volume.ts";
import type { PersistentVolumeClaim } from "../../../gen/typernetes/core/v1/persistent_volume_claim.ts";
import type { CSIDriver } from "../../../gen/typernetes/storage/v1/csi_driver.ts";
import type { CSINode } from "../../../gen/typernetes/storage/v1/csi_node.ts";
import type { CSIStorageCapacity } from "../../../gen/typernetes/storage/v1/csi_storage_capacity.ts";
import type { StorageClass } from "../../../gen/typernetes/storage/v1/storage_class.ts";

/** What the cluster has of storage, and what of it is promised to pods that are about to be bound. */
export class VolumeCatalog {
  /** By `namespace/name`. */
  readonly claims = new Map<string, PersistentVolumeClaim>();
  readonly volumes = new Map<string, PersistentVolume>();
  readonly classes = new Map<string, StorageClass>();
  readonly drivers = new Map<string, CSIDriver>();
  /** What drivers say of nodes, by the node's name. */
  readonly nodes = new Map<string, CSINode>();
  readonly capacities = new Map<string, CSIStorageCapacity>();
  /** Volumes that are promised, by name, with the claim that each is promised to. */
  readonly promised = new Map<string, string>();
  /** Nodes that volumes are to be made for, by claim. */
  readonly provisioning = new Map<string, string>();

  /** Whether a claim has its volume for good. */
  isBound({ metadata, spec, status }: PersistentVolumeClaim): boolean {
    if (!spec?.volumeName) return false;
    return status?.phase === "Bound" || metadata?.annotations?.["pv.kubernetes.io/bind-completed"] !== undefined;
  }

  /** Whether a claim waits for the first pod that uses it. */
  isDelayed({ spec }: PersistentVolumeClaim): boolean {
    return this.classes.get(spec?.storageClassName ?? "")?.volumeBindingMode === "WaitForFirstConsumer";
  }

  /** The node for which a volume is being made. */
  selectedNode(key: string, { metadata }: PersistentVolumeClaim): string | undefined {
    return this.provisioning.get(key) ?? metadata?.annotations?.["volume.kubernetes.io/selected-node"];
  }
}
