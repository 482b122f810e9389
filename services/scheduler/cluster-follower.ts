import type { Node } from "../../gen/typernetes/core/v1/node.ts";
import type { Pod } from "../../gen/typernetes/core/v1/pod.ts";
import { deepEqual } from "../../lib/api/deep.ts";
import type { Client } from "../../lib/client/client.ts";
import type { InformerFactory } from "../../lib/client/informer-factory.ts";
import type { ClusterChange } from "./framework/plugin.ts";
import { concernsScheduling } from "./queue/pod-changes.ts";
import type { SchedulingQueue } from "./queue/scheduling-queue.ts";
import { podInfo } from "./snapshot/pod-info.ts";
import type { Snapshot } from "./snapshot/snapshot.ts";

/** The name in `spec.schedulerName` of pods that are placed here. */
export const schedulerName = "default-scheduler";

/** Keeps snapshot and queue as the cluster is, and tells the queue what has changed. */
export class ClusterFollower {
  readonly #snapshot: Snapshot;
  readonly #queue: SchedulingQueue;

  constructor(snapshot: Snapshot, queue: SchedulingQueue) {
    this.#snapshot = snapshot;
    this.#queue = queue;
  }

  /** Resolves when nodes and pods are known. */
  async start(client: Client, informers: InformerFactory, signal?: AbortSignal): Promise<void> {
    const { namespaces, nodes, pods } = client.core.v1;
    informers.informer(namespaces).addHandler({
      added: ({ metadata }) => this.#snapshot.putNamespace(metadata?.name ?? "", metadata?.labels ?? {}),
      updated: (_, { metadata }) => this.#snapshot.putNamespace(metadata?.name ?? "", metadata?.labels ?? {}),
      deleted: ({ metadata }) => this.#snapshot.putNamespace(metadata?.name ?? "", undefined),
    });
    informers.informer(nodes).addHandler({
      added: (node) => {
        this.#snapshot.putNode(node);
        this.#queue.changed("NodeAdded");
      },
      updated: (before, after) => {
        this.#snapshot.putNode(after);
        for (const change of nodeChanges(before, after)) this.#queue.changed(change);
      },
      deleted: (node) => {
        this.#snapshot.removeNode(node.metadata?.name ?? "");
        this.#queue.changed("NodeRemoved");
      },
    });
    informers.informer(pods).addHandler({
      added: (pod) => this.#putPod(pod),
      updated: (_, pod) => this.#putPod(pod),
      deleted: (pod) => this.#removePod(pod),
    });
    await informers.start(signal);
  }

  #putPod(pod: Pod): void {
    const { phase } = pod.status ?? {};
    if (phase === "Succeeded" || phase === "Failed") this.#removePod(pod);
    else if (pod.spec?.nodeName) this.#putPlacedPod(pod, pod.spec.nodeName);
    else if (isWaiting(pod)) this.#queue.put(pod);
    else this.#queue.remove(pod.metadata?.uid ?? "");
  }

  #putPlacedPod(pod: Pod, nodeName: string): void {
    const uid = pod.metadata?.uid ?? "";
    this.#queue.remove(uid);
    const placed = this.#snapshot.placed(uid);
    if (placed?.nodeName === nodeName && !concernsScheduling(placed.info.pod, pod)) return;
    this.#snapshot.placePod(podInfo(pod), nodeName);
    this.#queue.changed("PodAdded");
    if (placed) this.#queue.changed("PodRemoved");
  }

  #removePod(pod: Pod): void {
    const uid = pod.metadata?.uid ?? "";
    this.#queue.remove(uid);
    if (this.#snapshot.removePod(uid)) this.#queue.changed("PodRemoved");
  }
}

/** Whether a pod without a node is to get one here, now. */
function isWaiting({ metadata, spec }: Pod): boolean {
  const isOurs = (spec?.schedulerName ?? schedulerName) === schedulerName;
  const isGated = (spec?.schedulingGates?.length ?? 0) > 0;
  return isOurs && !isGated && !metadata?.deletionTimestamp;
}

function nodeChanges(before: Node, after: Node): ClusterChange[] {
  const changes: ClusterChange[] = [];
  if (!deepEqual(before.metadata?.labels, after.metadata?.labels)) changes.push("NodeLabelsChanged");
  const cordonChanged = before.spec?.unschedulable !== after.spec?.unschedulable;
  if (cordonChanged || !deepEqual(before.spec?.taints, after.spec?.taints)) changes.push("NodeTaintsChanged");
  if (!deepEqual(before.status?.allocatable, after.status?.allocatable)) changes.push("NodeAllocatableChanged");
  return changes;
}
