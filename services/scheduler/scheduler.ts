import type { Pod } from "../../gen/typernetes/core/v1/pod.ts";
import type { ExplainResponse } from "../../gen/typernetes/scheduler/v1/scheduler.ts";
import type { BackoffOptions } from "../../lib/base/backoff.ts";
import type { Clock } from "../../lib/base/clock.ts";
import { StatusError } from "../../lib/base/status-error.ts";
import type { Client } from "../../lib/client/client.ts";
import type { EventRecorder } from "../../lib/client/event-recorder.ts";
import type { InformerFactory } from "../../lib/client/informer-factory.ts";
import type { Logger } from "../../lib/observe/logger.ts";
import { ClusterFollower } from "./cluster-follower.ts";
import { Binder, type BindPods, type Placement } from "./cycle/binder.ts";
import { ClaimBinder } from "./cycle/claim-binder.ts";
import { conclude, explain } from "./cycle/explain.ts";
import { PodFilters } from "./cycle/pod-filters.ts";
import { refusalMessage } from "./cycle/refusal-message.ts";
import { RefusalReporter } from "./cycle/refusal-reporter.ts";
import { bestNode, feasibleNodes, type Refusals, type SearchState, selectNode } from "./cycle/select-node.ts";
import { VolumeBinder } from "./cycle/volume-binder.ts";
import { askExtenders } from "./extenders/ask-extenders.ts";
import { explainExtenders } from "./extenders/explain-extenders.ts";
import type { Extender } from "./extenders/extender.ts";
import { DisruptionBudgets } from "./preemption/disruption-budgets.ts";
import { Preemptor } from "./preemption/preemptor.ts";
import { defaultSchedulerName, type Profile } from "./profile.ts";
import { type QueuedPod, SchedulingQueue } from "./queue/scheduling-queue.ts";
import type { PodInfo } from "./snapshot/pod-info.ts";
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
  /** How pods are placed, by their scheduler's name; at least one. */
  profiles: readonly Profile[];
  /** Programs that have a say, too. */
  extenders?: readonly Extender[];
  /** How waiting times of pods grow after failures. */
  backoff?: BackoffOptions | undefined;
}

/**
 * Places waiting pods: queue → filter → score → reserve in the snapshot → bind in batches. For a pod that fits nowhere room may
 * be made; it waits until something changes that the plugins that refused it care for.
 */
export class Scheduler {
  readonly snapshot = new Snapshot();
  readonly #parts: SchedulerParts;
  readonly #queue: SchedulingQueue;
  readonly #binder: Binder;
  readonly #reporter: RefusalReporter;
  readonly #volumeBinder: VolumeBinder;
  readonly #claimBinder: ClaimBinder;
  readonly #preemptor: Preemptor;
  readonly #extenders: readonly Extender[];
  readonly #budgets = new DisruptionBudgets();
  readonly #profiles: ReadonlyMap<string, { profile: Profile; search: SearchState }>;
  #running = false;
  #slicePlanned = false;

  constructor(parts: SchedulerParts) {
    this.#parts = parts;
    const { clock, profiles, random } = parts;
    this.#extenders = parts.extenders ?? [];
    const refusing = [...profiles.flatMap(({ plugins }) => plugins), ...this.#extenders];
    this.#queue = new SchedulingQueue(clock, refusing, () => this.#plan(), this.snapshot, parts.backoff);
    this.#binder = new Binder(parts.bindPods, (placement, failure) => this.#bound(placement, failure));
    this.#reporter = new RefusalReporter(parts);
    this.#volumeBinder = new VolumeBinder(parts.client, clock, this.snapshot);
    this.#claimBinder = new ClaimBinder(parts, this.snapshot);
    this.#preemptor = new Preemptor({
      ...parts,
      queue: this.#queue,
      snapshot: this.snapshot,
      reporter: this.#reporter,
    });
    this.#profiles = new Map(
      profiles.map((profile) => {
        const { schedulerName, percentageOfNodesToScore } = profile;
        return [schedulerName, { profile, search: { start: 0, random, percentageOfNodesToScore } }];
      }),
    );
  }

  /** Follows the cluster, and places pods once it is known. */
  async start(signal?: AbortSignal): Promise<void> {
    const { client, informers } = this.#parts;
    const schedulerNames = new Set(this.#profiles.keys());
    const onVolumes = () => this.#volumeBinder.check();
    const followed = {
      snapshot: this.snapshot,
      queue: this.#queue,
      budgets: this.#budgets,
      schedulerNames,
      onVolumes,
      showsPods: this.#extenders.length > 0,
    };
    await new ClusterFollower(followed).start(client, informers, signal);
    this.#running = true;
    this.#plan();
  }

  /** What every plugin and extender says about every node for a pod, as if it were not placed yet. */
  async explain(pod: Pod): Promise<ExplainResponse> {
    const name = pod.spec?.schedulerName ?? defaultSchedulerName;
    const found = this.#profiles.get(name);
    if (!found) throw new StatusError("NotFound", `no profile of this scheduler is named ${name}`);
    const explanation = explain(pod, this.snapshot, found.profile.plugins);
    const extenders = this.#extenders.filter((extender) => extender.isInterested(explanation.pod));
    await explainExtenders(extenders, explanation, this.snapshot);
    const answer = conclude(explanation);
    const gates = (pod.spec?.schedulingGates ?? []).map((gate) => gate.name);
    if (gates.length === 0) return answer;
    return { nodes: answer.nodes, message: `waiting for scheduling gates: [${gates.join(" ")}]` };
  }

  stop(): void {
    this.#running = false;
    this.#queue.close();
    this.#volumeBinder.close();
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
    const { profile, search } = this.#profileOf(info);
    if (this.#extenders.length > 0) {
      const extenders = this.#extenders.filter((extender) => extender.isInterested(info));
      if (extenders.length > 0) return void this.#placeWithExtenders(queued, extenders);
    }
    const selection = selectNode(info, this.snapshot, profile.plugins, search);
    if (!selection.fits) return this.#refused(queued, selection.refusals, profile);
    this.#reserve(queued, selection.node);
  }

  /** Counts a pod to its node and has it bound there, once it has its volumes and devices. */
  #reserve(queued: QueuedPod, node: number): void {
    const { info } = queued;
    const problem = info.deviceClaims.length > 0 ? this.#claimBinder.promise(info, node) : undefined;
    if (problem !== undefined) return this.#failed(queued, problem);
    const nodeName = this.snapshot.entry(node).name;
    this.snapshot.placePod(info, nodeName);
    this.snapshot.nominations.remove(info.uid);
    this.#reporter.forget(info.uid);
    const placement = { queued, info, nodeName };
    if (info.claims.length + info.deviceClaims.length > 0) void this.#bindPrepared(placement, node);
    else this.#bind(placement);
    this.#queue.changed("PodAdded", { pod: info });
  }

  #bind(placement: Placement): void {
    const extender = this.#extenders.find((each) => each.binds && each.isInterested(placement.info));
    if (!extender) return this.#binder.bind(placement);
    void extender
      .bind(placement.info, placement.nodeName)
      .catch(messageOf)
      .then((failure) => this.#bound(placement, failure));
  }

  async #bindPrepared(placement: Placement, node: number): Promise<void> {
    const failure = await this.#prepare(placement, node);
    if (!this.#running) return;
    if (failure === undefined && placement.queued.place !== "gone") return this.#bind(placement);
    this.#notBound(placement, failure ?? "the pod has gone");
    this.#plan();
  }

  /** Resolves when the pod has its volumes and devices, with why it has not. */
  async #prepare({ info }: Placement, node: number): Promise<string | undefined> {
    if (this.#volumeBinder.hasWork(info)) {
      const { profile } = this.#profileOf(info);
      const failure = await this.#volumeBinder.bind(info, node, profile.volumesMsMax);
      if (failure !== undefined) return failure;
    }
    return info.deviceClaims.length > 0 ? this.#claimBinder.bind(info) : undefined;
  }

  /** As placing alone, but others are asked, and what they said is checked against what has changed meanwhile. */
  async #placeWithExtenders(queued: QueuedPod, extenders: readonly Extender[]): Promise<void> {
    const { info } = queued;
    const { profile, search } = this.#profileOf(info);
    const { nodes, refusals } = feasibleNodes(info, this.snapshot, profile.plugins, search);
    const names = nodes.map((node) => this.snapshot.entry(node).name);
    const answer = await askExtenders(extenders, info, nodes, this.snapshot, refusals).catch(messageOf);
    if (!this.#running || queued.place === "gone") return;
    if (typeof answer === "string") return this.#failed(queued, answer);
    const stays = (node: number, index: number) => this.snapshot.entries[node]?.name === names[index];
    const filters = new PodFilters(info, this.snapshot, profile.plugins);
    const left = nodes.filter((node, index) => stays(node, index) && answer.nodes.has(node) && !filters.refuse(node));
    if (left.length === 0) this.#refused(queued, refusals, profile);
    else {
      const addScores = (totals: Float64Array) => {
        for (const [index, node] of left.entries())
          totals[index] = (totals[index] ?? 0) + (answer.scores.get(node) ?? 0);
      };
      const selection = bestNode(info, this.snapshot, profile.plugins, left, search, addScores);
      if (selection.fits) this.#reserve(queued, selection.node);
    }
    this.#plan();
  }

  /** Nothing can be said of the pod now: it is tried again after a while. */
  #failed(queued: QueuedPod, message: string): void {
    this.#queue.retry(queued);
    this.#reporter.report({ pod: queued.info.pod, reason: "SchedulerError", message });
    this.#plan();
  }

  #profileOf({ pod }: PodInfo): { profile: Profile; search: SearchState } {
    const found = this.#profiles.get(pod.spec?.schedulerName ?? defaultSchedulerName);
    if (!found) throw new Error(`no profile places pods of ${pod.spec?.schedulerName}`);
    return found;
  }

  #refused(queued: QueuedPod, refusals: Refusals, profile: Profile): void {
    this.#queue.refuse(queued, refusals.plugins);
    const { info } = queued;
    if (info.deviceClaims.length > 0) this.#claimBinder.freeUnreachable(info, refusals);
    const { plugins, preemption: settings = {} } = profile;
    const view = { snapshot: this.snapshot, plugins, budgets: this.#budgets, settings: settings || {} };
    const preempting = this.#extenders.filter((extender) => extender.preempts && extender.isInterested(info));
    if (settings === false) return this.#reportRefusal(info, refusals, "");
    if (preempting.length === 0)
      return this.#reportRefusal(info, refusals, this.#preemptor.makeRoom(info, refusals, view));
    void this.#preemptor
      .makeRoomWith(preempting, info, refusals, view)
      .catch(messageOf)
      .then((outcome) => {
        if (this.#running && queued.place !== "gone") this.#reportRefusal(info, refusals, outcome);
      });
  }

  #reportRefusal(info: PodInfo, refusals: Refusals, outcome: string): void {
    const hasDeviceClaims = info.deviceClaims.length > 0;
    const message = refusalMessage(refusals, { preemption: outcome, hasDeviceClaims });
    const nomination = this.#preemptor.nominationChange(info);
    this.#reporter.report({ pod: info.pod, reason: "Unschedulable", message, ...nomination });
  }

  #bound(placement: Placement, failure: string | undefined): void {
    if (failure === undefined) {
      const { key, pod, uid } = placement.info;
      this.#queue.remove(uid);
      this.#parts.recorder.event(pod, "Normal", "Scheduled", `Successfully assigned ${key} to ${placement.nodeName}`);
    } else this.#notBound(placement, `binding rejected: ${failure}`);
    this.#plan();
  }

  /** Gives the room back, which may be what another pod waits for. */
  #notBound({ queued, info, nodeName }: Placement, failure: string): void {
    if (info.deviceClaims.length > 0) {
      this.#claimBinder.release(info);
      this.#queue.changed("DevicesChanged");
    }
    // Where the cluster says meanwhile that the pod is on a node, that stands.
    if (this.snapshot.placed(info.uid)?.info === info) {
      this.snapshot.removePod(info.uid);
      const node = this.snapshot.slotOf(nodeName);
      this.#queue.changed("PodRemoved", { pod: info, ...(node !== undefined && { node }) });
    }
    if (queued.place === "gone") return;
    this.#queue.retry(queued);
    const { pod, key } = info;
    this.#parts.logger.debug({ pod: key, node: nodeName, failure }, "could not bind the pod; it will be tried again");
    this.#reporter.report({ pod, reason: "SchedulerError", message: failure });
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
