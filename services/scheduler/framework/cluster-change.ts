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
  | "VolumesChanged";

/** What has changed, where that is known: a pod that came or went, or a node by its slot. */
export interface Subject {
  readonly pod?: PodInfo;
  readonly node?: number;
}
