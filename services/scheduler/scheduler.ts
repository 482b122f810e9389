import type { Node } from "../../gen/typernetes/core/v1/node.ts";
import type { Pod } from "../../gen/typernetes/core/v1/pod.ts";
import { deepEqual } from "../../lib/api/deep.ts";
import type { Clock } from "../../lib/base/clock.ts";
import { rfc3339 } from "../../lib/base/rfc3339.ts";
import { isStatusError } from "../../lib/base/status-error.ts";
import type { Client } from "../../lib/client/client.ts";
import type { EventRecorder } from "../../lib/client/event-recorder.ts";
import type { InformerFactory } from "../../lib/client/informer-factory.ts";
import type { Logger } from "../../lib/observe/logger.ts";
import { Binder, type Placement } from "./cycle/binder.ts";
import { refusalMessage } from "./cycle/refusal-message.ts";
import { type Refusals, type SearchState, selectNode } from "./cycle/select-node.ts";
import type { Plugin } from "./framework/plugin.ts";
import { type QueuedPod, SchedulingQueue } from "./queue/scheduling-queue.ts";
import { podInfo } from "./snapshot/pod-info.ts";
import { Snapshot } from "./snapshot/snapshot.ts";

/** The name in `spec.schedulerName` of pods that are placed here. */
export const schedulerName = "default-scheduler";

/** No slice of work holds the event loop longer than this. */
const sliceMs = 8;
/** More unanswered bindings than this, and placing waits. */
const backlogMax = 2000;

export interface SchedulerParts {
  client: Client;
  informers: InformerFactory;
  recorder: EventRecorder;
  clock: Clock;
  random: () => number;
  logger: Logger;
  plugins: readonly Plugin[];
}

/**
 * Places waiting pods: queue → filter → score → reserve in the snapshot → bind in batches. A pod that fits nowhere waits until
 * something changes that the plugins that refused it care for.
 */
export class Scheduler {
  readonly snapshot = new Snapshot();
  readonly #parts: SchedulerParts;
  readonly #queue: SchedulingQueue;
  readonly #binder: Binder;
  readonly #search: SearchState;
  #running = false;
  #slicePlanned = false;

  constructor(parts: SchedulerParts) {
    this.#parts = parts;
    this.#queue = new SchedulingQueue(parts.clock, parts.plugins, () => this.#plan());
    this.#binder = new Binder(parts.client, (placement, failure) => this.#bound(placement, failure));
    this.#search = { start: 0, random: parts.random };
  }

  /** Follows nodes and pods, and places pods once both are known. */
  async start(signal?: AbortSignal): Promise<void> {
    const { client, informers } = this.#parts;
    informers.informer(client.core.v1.nodes).addHandler({
      added: (node) => this.#putNode(undefined, node),
      updated: (before, after) => this.#putNode(before, after),
      deleted: (node) => this.snapshot.removeNode(node.metadata?.name ?? ""),
    });
    informers.informer(client.core.v1.pods).addHandler({
      added: (pod) => this.#putPod(pod),
      updated: (before, after) => {
        if (before.metadata?.uid !== after.metadata?.uid) this.#removePod(before);
        this.#putPod(after);
      },
      deleted: (pod) => this.#removePod(pod),
    });
    await informers.start(signal);
    this.#running = true;
    this.#plan();
  }

  stop(): void {
    this.#running = false;
    this.#queue.close();
  }

  #putNode(before: Node | undefined, node: Node): void {
    this.snapshot.putNode(node);
    if (!before) return this.#queue.changed("NodeAdded");
    if (!deepEqual(before.metadata?.labels, node.metadata?.labels)) this.#queue.changed("NodeLabelsChanged");
    if (!deepEqual(before.spec?.taints, node.spec?.taints) || before.spec?.unschedulable !== node.spec?.unschedulable) {
      this.#queue.changed("NodeTaintsChanged");
    }
    if (!deepEqual(before.status?.allocatable, node.status?.allocatable)) this.#queue.changed("NodeAllocatableChanged");
  }

  #putPod(pod: Pod): void {
    const uid = pod.metadata?.uid ?? "";
    const finished = pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed";
    if (finished) return this.#removePod(pod);
    if (pod.spec?.nodeName) {
      this.#queue.remove(uid);
      this.snapshot.placePod(podInfo(pod), pod.spec.nodeName);
      return;
    }
    const ours = (pod.spec?.schedulerName ?? schedulerName) === schedulerName;
    const gated = (pod.spec?.schedulingGates?.length ?? 0) > 0;
    if (!ours || gated || pod.metadata?.deletionTimestamp) return this.#queue.remove(uid);
    this.#queue.put(pod);
  }

  #removePod(pod: Pod): void {
    const uid = pod.metadata?.uid ?? "";
    this.#queue.remove(uid);
    this.snapshot.removePod(uid);
    if (pod.spec?.nodeName) this.#queue.changed("PodRemoved");
  }

  #plan(): void {
    if (!this.#running || this.#slicePlanned) return;
    this.#slicePlanned = true;
    setImmediate(() => {
      this.#slicePlanned = false;
      this.#slice();
    });
  }

  /** Places pods for a while, then lets others have the event loop. */
  #slice(): void {
    if (!this.#running || this.#binder.backlog > backlogMax) return;
    const end = performance.now() + sliceMs;
    while (performance.now() < end) {
      const queued = this.#queue.take();
      if (!queued) return;
      this.#place(queued);
    }
    this.#plan();
  }

  #place(queued: QueuedPod): void {
    const selection = selectNode(queued.info, this.snapshot, this.#parts.plugins, this.#search);
    if (!selection.fits) return this.#refused(queued, selection.refusals);
    const nodeName = this.snapshot.entry(selection.node).name;
    this.snapshot.placePod(queued.info, nodeName);
    this.#binder.bind({ queued, nodeName });
  }

  #bound({ queued, nodeName }: Placement, failure: string | undefined): void {
    const { recorder, logger } = this.#parts;
    const { key, pod, uid } = queued.info;
    if (failure === undefined) {
      this.#queue.remove(uid);
      recorder.event(pod, "Normal", "Scheduled", `Successfully assigned ${key} to ${nodeName}`);
    } else {
      this.snapshot.removePod(uid);
      this.#queue.retry(queued);
      logger.debug({ pod: key, node: nodeName, failure }, "could not bind the pod; it will be tried again");
    }
    this.#plan();
  }

  #refused(queued: QueuedPod, refusals: Refusals): void {
    const message = refusalMessage(refusals);
    this.#queue.refuse(queued, refusals.plugins);
    this.#parts.recorder.event(queued.info.pod, "Warning", "FailedScheduling", message);
    void this.#writeCondition(queued.info.pod, message);
  }

  async #writeCondition(pod: Pod, message: string): Promise<void> {
    const before = pod.status?.conditions?.find((condition) => condition.type === "PodScheduled");
    if (before?.status === "False" && before.message === message) return;
    const lastTransitionTime =
      before?.status === "False" ? before.lastTransitionTime : rfc3339(this.#parts.clock.now());
    const condition = { type: "PodScheduled", status: "False", reason: "Unschedulable", message, lastTransitionTime };
    const { namespace, name = "" } = pod.metadata ?? {};
    try {
      await this.#parts.client.core.v1.pods.patch(
        name,
        { status: { conditions: [condition] } },
        { namespace, subresource: "status" },
      );
    } catch (error) {
      if (!isStatusError(error, "NotFound"))
        this.#parts.logger.warn({ err: error, pod: `${namespace}/${name}` }, "could not write why the pod waits");
    }
  }
}
