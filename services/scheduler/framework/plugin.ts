import type { PodInfo } from "../snapshot/pod-info.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";

/**
 * A scheduler plugin: one file that fits on one screen. Filters and scores are prepared once per pod and then asked for each
 * node by its slot in the snapshot, so that their inner loop is arithmetic.
 */
export interface Plugin {
  /** As in Kubernetes: `NodeResourcesFit`. */
  readonly name: string;

  /** What keeps a pod from nodes; undefined when it keeps this pod from none. */
  filter?(pod: PodInfo, snapshot: Snapshot): NodeFilter | undefined;

  /** How much a pod would like nodes; undefined when it likes all the same. */
  score?(pod: PodInfo, snapshot: Snapshot): NodeScore | undefined;
  /** Weight of the score among the plugins; 1 when absent. */
  readonly weight?: number;
  /** How raw scores become 0 to 100: `none` they are already; `highest` the highest is 100; `lowest` the highest is 0. */
  readonly normalise?: "none" | "highest" | "lowest";

  /** Changes after which a pod that this plugin refused is worth another try. */
  readonly wakeOn: readonly ClusterChange[];
}

/** Undefined when the node will do, else why not, in Kubernetes' words. Answers are shared: nobody changes them. */
export type NodeFilter = (node: number) => Reasons | undefined;

export type Reasons = readonly [string, ...string[]];

export type NodeScore = (node: number) => number;

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
  | "PodChanged";
