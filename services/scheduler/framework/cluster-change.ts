import type { PodInfo } from "../snapshot/pod-info.ts";

/** What happened in the cluster, as far as waiting pods care. */
export type ClusterChange =
  | "NodeAdded"
  | "NodeRemoved"
  | "NodeAllocatableChanged"
  | "NodeLabelsChanged"
  | "NodeTaintsChanged"
  /** A pod has come to a node, or has other labels. */
  | "PodAdded"
  /** A pod has left a node, or wants less. */
  | "PodRemoved"
  /** The waiting pod itself. */
  | "PodChanged"
  /** Claims, volumes, storage classes, or what drivers say of nodes. */
  | "VolumesChanged"
  /** What drivers offer, classes of devices, or a claim has given its devices back. */
  | "DevicesChanged"
  /** Anything else of a claim on devices. */
  | "ClaimChanged";

/** What has changed, where that is known: a pod that came or went, a node by its slot, or a claim by its key. */
export interface Subject {
  readonly pod?: PodInfo;
  readonly node?: number;
  readonly claim?: string;
}
