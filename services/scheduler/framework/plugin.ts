import type { PodInfo } from "../snapshot/pod-info.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import type { ClusterChange, Subject } from "./cluster-change.ts";
import type { Normalisation } from "./normalise.ts";
import type { Refusal } from "./refusal.ts";

/**
 * A scheduler plugin: one file that fits on one screen. Filters and scores are prepared once per pod and then asked for each
 * node by its slot in the snapshot, so that their inner loop is arithmetic.
 */
export interface Plugin {
  /** As in Kubernetes: `NodeResourcesFit`. */
  readonly name: string;

  /** Why a pod can go nowhere at all, in Kubernetes' words, whatever the nodes; undefined when nothing is known. */
  preFilter?(pod: PodInfo, snapshot: Snapshot): string | undefined;
  /** What keeps a pod from nodes; undefined when it keeps this pod from none. */
  filter?(pod: PodInfo, snapshot: Snapshot): NodeFilter | undefined;
  /** Whether a filter counts other pods when it is prepared, and has to be prepared anew when pods come or go. */
  readonly countsPods?: boolean;

  /** How much a pod would like the nodes that would do; undefined when it likes all the same. */
  score?(pod: PodInfo, snapshot: Snapshot, feasible: readonly number[]): NodeScore | undefined;
  /** Weight of the score among the plugins; 1 when absent. */
  readonly weight?: number;
  /** `none` when absent. */
  readonly normalise?: Normalisation;

  /** Changes after which a pod that this plugin refused is worth another try. */
  readonly wakeOn: readonly ClusterChange[];
  /** Whether one of these changes can help this very pod; always when absent. */
  hint?(pod: PodInfo, change: ClusterChange, subject: Subject, snapshot: Snapshot): boolean;
}

/** Undefined when the node will do. */
export type NodeFilter = (node: number) => Refusal | undefined;

export type NodeScore = (node: number) => number;
