import type { Clock } from "../../lib/base/clock.ts";
import type { Client } from "../../lib/client/client.ts";
import type { EventRecorder } from "../../lib/client/event-recorder.ts";
import type { InformerFactory } from "../../lib/client/informer-factory.ts";
import type { Logger } from "../../lib/observe/logger.ts";
import { ClusterFollower } from "./cluster-follower.ts";
import { Binder, type BindPods, type Placement } from "./cycle/binder.ts";
import { refusalMessage } from "./cycle/refusal-message.ts";
import { RefusalReporter } from "./cycle/refusal-reporter.ts";
import { type Refusals, type SearchState, selectNode } from "./cycle/select-node.ts";
import type { Plugin } from "./framework/plugin.ts";
import { type QueuedPod, SchedulingQueue } from "./queue/scheduling-queue.ts";
import { Snapshot } from "./snapshot/snapshot.ts";

/** No slice of work holds the event loop longer than this. */
const sliceMs = 8;
/** More unanswered bindings than this, and placing waits. */
const backlogMax = 2000;

export interface SchedulerParts {
  client: Client;
  bindPods: BindPods;
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
  readonly #reporter: RefusalReporter;
  readonly #search: SearchState;
  #running = false;
  #slicePlanned = false;

  constructor(parts: SchedulerParts) {
    this.#parts = parts;
    this.#queue = new SchedulingQueue(parts.clock, parts.plugins, () => this.#plan());
    this.#binder = new Binder(parts.bindPods, (placement, failure) => this.#bound(placement, failure));
    this.#reporter = new RefusalReporter(parts);
    this.#search = { start: 0, random: parts.random };
  }

  /** Follows the cluster, and places pods once it is known. */
  async start(signal?: AbortSignal): Promise<void> {
    const { client, informers } = this.#parts;
    await new ClusterFollower(this.snapshot, this.#queue).start(client, informers, signal);
    this.#running = true;
    this.#plan();
  }

  stop(): void {
    this.#running = false;
    this.#queue.close();
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
    const end = performance.now() + sliceMs;
    while (this.#running && this.#binder.backlog <= backlogMax && performance.now() < end) {
      const queued = this.#queue.take();
      if (!queued) return;
      this.#place(queued);
    }
    if (this.#binder.backlog <= backlogMax) this.#plan();
  }

  #place(queued: QueuedPod): void {
    const { info } = queued;
    const selection = selectNode(info, this.snapshot, this.#parts.plugins, this.#search);
    if (!selection.fits) return this.#refused(queued, selection.refusals);
    const nodeName = this.snapshot.entry(selection.node).name;
    this.snapshot.placePod(info, nodeName);
    this.#reporter.forget(info.uid);
    this.#binder.bind({ queued, info, nodeName });
    this.#queue.changed("PodAdded");
  }

  #refused(queued: QueuedPod, refusals: Refusals): void {
    this.#queue.refuse(queued, refusals.plugins);
    this.#reporter.report({ pod: queued.info.pod, reason: "Unschedulable", message: refusalMessage(refusals) });
  }

  #bound(placement: Placement, failure: string | undefined): void {
    if (failure === undefined) {
      const { key, pod, uid } = placement.info;
      this.#queue.remove(uid);
      this.#parts.recorder.event(pod, "Normal", "Scheduled", `Successfully assigned ${key} to ${placement.nodeName}`);
    } else this.#notBound(placement, failure);
    this.#plan();
  }

  /** Gives the room back, which may be what another pod waits for. */
  #notBound({ queued, info, nodeName }: Placement, failure: string): void {
    // Where the cluster says meanwhile that the pod is on a node, that stands.
    if (this.snapshot.placed(info.uid)?.info === info) {
      this.snapshot.removePod(info.uid);
      this.#queue.changed("PodRemoved");
    }
    if (queued.place === "gone") return;
    this.#queue.retry(queued);
    const { pod, key } = info;
    this.#parts.logger.debug({ pod: key, node: nodeName, failure }, "could not bind the pod; it will be tried again");
    this.#reporter.report({ pod, reason: "SchedulerError", message: `binding rejected: ${failure}` });
  }
}
