import type { Node } from "../../gen/typernetes/core/v1/node.ts";
import type { Pod } from "../../gen/typernetes/core/v1/pod.ts";
import { deepEqual } from "../../lib/api/deep.ts";
import type { Client } from "../../lib/client/client.ts";
import type { InformerFactory } from "../../lib/client/informer-factory.ts";
import { followDevices } from "./follow-devices.ts";
import { followVolumes } from "./follow-volumes.ts";
import type { ClusterChange } from "./framework/cluster-change.ts";
import type { DisruptionBudgets } from "./preemption/disruption-budgets.ts";
import { defaultSchedulerName } from "./profile.ts";
import { concernsScheduling } from "./queue/pod-changes.ts";
import type { SchedulingQueue } from "./queue/scheduling-queue.ts";
import { type PodInfo, podInfo } from "./snapshot/pod-info.ts";
import { SharedValues } from "./snapshot/shared-values.ts";
import { slimPod, withoutManagers } from "./snapshot/slim-pod.ts";
import type { Snapshot } from "./snapshot/snapshot.ts";

/** What is kept as the cluster is. */
export interface Followed {
  snapshot: Snapshot;
  queue: SchedulingQueue;
  budgets: DisruptionBudgets;
  /** Called when claims, volumes or what else concerns storage have changed. */
  onVolumes: () => void;
  /** The values of `spec.schedulerName` of pods that are placed here. */
  schedulerNames: ReadonlySet<string>;
  /** Whether others are shown pods that have a node, so that all of them is kept. */
  showsPods: boolean;
}

/** Keeps snapshot and queue as the cluster is, and tells the queue what has changed. */
export class ClusterFollower {
  readonly #snapshot: Snapshot;
  readonly #queue: SchedulingQueue;
  readonly #budgets: DisruptionBudgets;
  readonly #schedulerNames: ReadonlySet<string>;
  readonly #onVolumes: () => void;
  readonly #keep: (pod: Pod) => Pod;

  constructor({ snapshot, queue, budgets, schedulerNames, onVolumes, showsPods }: Followed) {
    this.#snapshot = snapshot;
    this.#queue = queue;
    this.#budgets = budgets;
    this.#schedulerNames = schedulerNames;
    this.#onVolumes = onVolumes;
    const shared = new SharedValues();
    this.#keep = showsPods ? withoutManagers : (pod) => slimPod(pod, shared);
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
      added: (node) => this.#putNode(node, ["NodeAdded"]),
      updated: (before, after) => this.#putNode(after, nodeChanges(before, after)),
      deleted: (node) => {
        this.#snapshot.removeNode(node.metadata?.name ?? "");
        this.#queue.changed("NodeRemoved");
      },
    });
    informers.informer(client.policy.v1.poddisruptionbudgets).addHandler({
      added: (budget) => this.#budgets.put(budget),
      updated: (_, budget) => this.#budgets.put(budget),
      deleted: (budget) => this.#budgets.remove(budget),
    });
    followVolumes(client, informers, this.#snapshot.volumes, () => {
      this.#onVolumes();
      this.#queue.changed("VolumesChanged");
    });
    followDevices(client, informers, this.#snapshot.devices, (change, subject) => this.#queue.changed(change, subject));
    informers.informer(pods, {}, { keep: this.#keep }).addHandler({
      added: (pod) => this.#putPod(pod),
      updated: (before, pod) => this.#putPod(pod, before),
      deleted: (pod) => this.#removePod(pod),
    });
    await informers.start(signal);
  }

  #putNode(node: Node, changes: readonly ClusterChange[]): void {
    this.#snapshot.putNode(node);
    const slot = this.#snapshot.slotOf(node.metadata?.name ?? "");
    for (const change of changes) this.#queue.changed(change, slot === undefined ? {} : { node: slot });
  }

  #putPod(pod: Pod, before?: Pod): void {
    const { phase } = pod.status ?? {};
    if (phase === "Succeeded" || phase === "Failed") this.#removePod(pod);
    else if (pod.spec?.nodeName) this.#putPlacedPod(pod, pod.spec.nodeName);
    else if (this.#isWaiting(pod)) {
      this.#noteNomination(pod, before);
      this.#queue.put(pod);
    } else {
      this.#queue.remove(pod.metadata?.uid ?? "");
      this.#forgetNomination(pod.metadata?.uid ?? "");
    }
  }

  /** What was nominated here a moment ago stays, though the server's news do not say so yet. */
  #noteNomination(pod: Pod, before: Pod | undefined): void {
    const nodeName = pod.status?.nominatedNodeName;
    if (nodeName) this.#snapshot.nominations.put(podInfo(pod), nodeName);
    else if (before?.status?.nominatedNodeName) this.#forgetNomination(pod.metadata?.uid ?? "");
  }

  #forgetNomination(uid: string): void {
    if (this.#snapshot.nominations.nodeOf(uid) === undefined) return;
    this.#snapshot.nominations.remove(uid);
    this.#queue.changed("PodRemoved");
  }

  #putPlacedPod(pod: Pod, nodeName: string): void {
    const uid = pod.metadata?.uid ?? "";
    this.#queue.remove(uid);
    this.#snapshot.nominations.remove(uid);
    const placed = this.#snapshot.placed(uid);
    if (placed?.nodeName === nodeName && !concernsScheduling(placed.info.pod, pod)) {
      // What was known of it while it waited is more than is needed from now on.
      if (!placed.info.pod.spec?.nodeName) this.#snapshot.renewPod(podInfo(pod));
      return;
    }
    const info = podInfo(pod);
    this.#snapshot.placePod(info, nodeName);
    this.#queue.changed("PodAdded", { pod: info });
    if (!placed || !leavesRoom(placed.info, info)) return;
    const node = this.#snapshot.slotOf(placed.nodeName);
    this.#queue.changed("PodRemoved", { pod: placed.info, ...(node !== undefined && { node }) });
  }

  #removePod(pod: Pod): void {
    const uid = pod.metadata?.uid ?? "";
    this.#queue.remove(uid);
    this.#forgetNomination(uid);
    const placed = this.#snapshot.placed(uid);
    if (!placed) return;
    this.#snapshot.removePod(uid);
    const node = this.#snapshot.slotOf(placed.nodeName);
    this.#queue.changed("PodRemoved", { pod: placed.info, ...(node !== undefined && { node }) });
  }

  /** Whether a pod without a node is to get one here, now. */
  #isWaiting({ metadata, spec }: Pod): boolean {
    const isGated = (spec?.schedulingGates?.length ?? 0) > 0;
    const isOurs = this.#schedulerNames.has(spec?.schedulerName ?? defaultSchedulerName);
    return isOurs && !isGated && !metadata?.deletionTimestamp;
  }
}

function nodeChanges(before: Node, after: Node): ClusterChange[] {
  const changes: ClusterChange[] = [];
  if (!deepEqual(before.metadata?.labels, after.metadata?.labels)) changes.push("NodeLabelsChanged");
  const cordonChanged = before.spec?.unschedulable !== after.spec?.unschedulable;
  if (cordonChanged || !deepEqual(before.spec?.taints, after.spec?.taints)) changes.push("NodeTaintsChanged");
  if (!deepEqual(before.status?.allocatable, after.status?.allocatable)) changes.push("NodeAllocatableChanged");
  return changes;
}

/** Whether a pod, as it is now, may leave something to others that it kept from them before. */
function leavesRoom(before: PodInfo, now: PodInfo): boolean {
  return (
    now.milliCpu < before.milliCpu ||
    now.memoryBytes < before.memoryBytes ||
    now.isEnding !== before.isEnding ||
    !deepEqual(now.labels, before.labels)
  );
}
