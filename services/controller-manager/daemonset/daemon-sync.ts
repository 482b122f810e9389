import type { DaemonSet } from "../../../gen/typernetes/apps/v1/daemon_set.ts";
import type { Node } from "../../../gen/typernetes/core/v1/node.ts";
import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import type { ControllerContext } from "../../../lib/controller/controller.ts";
import type { Expectations } from "../../../lib/controller/expectations.ts";
import { changePods } from "../pods/owned-pods.ts";
import { isPodFinished } from "../pods/pod-state.ts";
import { daemonPod, daemonPodSpec, targetNode } from "./daemon-pod.ts";
import { judgeNode, type NodeVerdict } from "./node-selection.ts";

/** No more pods are created or deleted in one go, as in Kubernetes. */
const burst = 250;

/** One reconcile of one daemon set: what the steps share. */
export interface DaemonSync {
  readonly context: ControllerContext;
  readonly expectations: Expectations;
  readonly set: DaemonSet;
  /** Of the present template. */
  readonly hash: string;
  readonly verdicts: ReadonlyMap<string, NodeVerdict>;
  /** By the node where they are, or are to be. */
  readonly pods: ReadonlyMap<string, readonly Pod[]>;
  readonly nowMs: number;
}

/** What is to become of each node. */
export function judgeNodes(set: DaemonSet, nodes: readonly Node[]): Map<string, NodeVerdict> {
  const spec = daemonPodSpec(set);
  return new Map(nodes.map((node) => [node.metadata?.name ?? "", judgeNode(spec, node)]));
}

/**
 * Pods by node. Those that have ended and are being deleted count no more when a finalizer keeps them; the others go in a
 * moment, and until then a node has one pod.
 */
export function podsByNode(pods: readonly Pod[]): Map<string, Pod[]> {
  const byNode = new Map<string, Pod[]>();
  for (const pod of pods) {
    const node = targetNode(pod);
    if (node === undefined || (isPodFinished(pod) && isKept(pod))) continue;
    const there = byNode.get(node);
    if (there) there.push(pod);
    else byNode.set(node, [pod]);
  }
  return byNode;
}

function isKept({ metadata }: Pod): boolean {
  return Boolean(metadata?.deletionTimestamp && metadata.finalizers?.length);
}

/** Creates a pod on each of `nodes` and deletes `pods`. Throws the first failure, after all has been tried. */
export async function applyChanges(sync: DaemonSync, nodes: readonly string[], pods: readonly Pod[]): Promise<void> {
  const create = nodes.slice(0, burst).map((node) => daemonPod(sync.set, sync.hash, node));
  const remove = pods.slice(0, burst);
  if (create.length + remove.length === 0) return;
  const failure = await changePods(sync.context, sync.expectations, sync.set, { create, remove });
  if (failure) throw failure;
}

/** How far an update may go: nodes without an available pod, and nodes with two pods. */
export function updateBounds({ set, verdicts }: DaemonSync): { maxUnavailable: number; maxSurge: number } {
  const desired = [...verdicts.values()].filter(({ runs }) => runs).length;
  const settings = set.spec?.updateStrategy?.rollingUpdate;
  const maxUnavailable = resolve(settings?.maxUnavailable ?? 1, desired);
  const maxSurge = resolve(settings?.maxSurge ?? 0, desired);
  return desired > 0 && maxUnavailable + maxSurge === 0
    ? { maxUnavailable: 1, maxSurge }
    : { maxUnavailable, maxSurge };
}

/** Whether two pods may be on one node while the template changes. */
export function allowsSurge({ spec }: DaemonSet): boolean {
  if (spec?.updateStrategy?.type !== "RollingUpdate") return false;
  return resolve(spec.updateStrategy.rollingUpdate?.maxSurge ?? 0, 100) > 0;
}

function resolve(value: number | string, total: number): number {
  return typeof value === "number" ? value : Math.ceil((Number(value.replace(/%$/, "")) * total) / 100);
}
