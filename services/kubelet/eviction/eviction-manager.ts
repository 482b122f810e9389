import { parseGoDuration } from "../../../lib/api/go-duration.ts";
import { type NodeContext, podName } from "../pods/node-context.ts";
import type { PodWorker } from "../pods/pod-worker.ts";
import { isTerminal } from "../status/pod-phase.ts";
import { isCriticalPod } from "./critical-pods.ts";
import type { Measurements } from "./machine.ts";
import { evictionMessage } from "./messages.ts";
import { measurePods } from "./pod-usages.ts";
import { isLow, PressureState } from "./pressure-state.ts";
import { rankForEviction } from "./ranking.ts";
import { type PressureCondition, signals } from "./signals.ts";
import { hasStorageLimits, storageExcess } from "./storage-limits.ts";
import { type Threshold, thresholdsOf } from "./thresholds.ts";

const intervalMs = 10_000;
/** So long a pod that was evicted has to give back what it has, before the next one goes. */
const cleanupMs = 30_000;
/** What is evicted at once has this long to end. */
const immediateGraceSeconds = 1;

/** Makes room on the disk without ending a pod: images and containers that nobody needs. */
export type ReclaimDisk = (signal: AbortSignal) => Promise<void>;

/** Watches what the machine has left; when it is too little, makes room, in the end by evicting pods. */
export class EvictionManager {
  readonly #node: NodeContext;
  readonly #workers: () => Iterable<PodWorker>;
  readonly #reclaimDisk: ReclaimDisk;
  readonly #conditionsChanged: () => void;
  readonly #state: PressureState;
  readonly #abort = new AbortController();
  #evicted: { worker: PodWorker; untilMs: number } | undefined;
  #loop: Promise<void> | undefined;

  /**
   * `workers` are those of the node's pods; `conditionsChanged` is called for what a later look than the first has changed.
   * @throws Error when a threshold is misconfigured
   */
  constructor(
    node: NodeContext,
    workers: () => Iterable<PodWorker>,
    reclaimDisk: ReclaimDisk,
    conditionsChanged: () => void,
  ) {
    this.#node = node;
    this.#workers = workers;
    this.#reclaimDisk = reclaimDisk;
    this.#conditionsChanged = conditionsChanged;
    const { configuration } = node.options;
    const transitionMs = parseGoDuration(configuration.evictionPressureTransitionPeriod);
    this.#state = new PressureState(thresholdsOf(configuration), transitionMs);
  }

  /** What the node is short of. */
  get conditions(): readonly PressureCondition[] {
    return this.#state.conditions;
  }

  /** Looks at the machine once, so that conditions are known, then every ten seconds. */
  async start(): Promise<void> {
    await this.#measure();
    this.#loop = this.#run();
  }

  async stop(): Promise<void> {
    this.#abort.abort(new Error("the kubelet stops"));
    await this.#loop;
  }

  async #run(): Promise<void> {
    const { clock, logger } = this.#node;
    const { signal } = this.#abort;
    while (!signal.aborted) {
      try {
        await clock.sleep(intervalMs, signal);
        await this.#look();
      } catch (error) {
        if (!signal.aborted) logger.warn({ err: error }, "could not look after the node's resources");
      }
    }
  }

  async #measure(): Promise<{ measured: Measurements; due: Threshold[] }> {
    const measured = await this.#node.machine.measure();
    return { measured, due: this.#state.update(measured, this.#node.clock.monotonic()) };
  }

  async #look(): Promise<void> {
    const before = this.conditions.join();
    const { measured, due } = await this.#measure();
    if (this.conditions.join() !== before) this.#conditionsChanged();
    if (await this.#evictOverLimit()) return;
    const [threshold] = due;
    if (!threshold || this.#isStillEnding()) return;
    const { resource, condition } = signals[threshold.signal];
    this.#tellNode(`Attempting to reclaim ${resource}`);
    if (condition === "DiskPressure") {
      await this.#reclaimDisk(this.#abort.signal);
      if (!isLow(threshold, await this.#node.machine.measure(), true)) return;
    }
    await this.#evictOne(threshold, measured);
  }

  /** Ends pods that take more of the disk than they may, whether it is short or not. */
  async #evictOverLimit(): Promise<boolean> {
    const limited = this.#active().filter(({ pod }) => hasStorageLimits(pod));
    if (limited.length === 0) return false;
    let found = false;
    for (const usage of await measurePods(this.#node, limited, () => true)) {
      const message = await storageExcess(usage, usage.worker.directory);
      if (message === undefined || isCriticalPod(usage.pod)) continue;
      found = true;
      this.#evict(usage.worker, message, immediateGraceSeconds);
    }
    return found;
  }

  async #evictOne(threshold: Threshold, measured: Measurements): Promise<void> {
    const { resource, condition } = signals[threshold.signal];
    const usages = await measurePods(this.#node, this.#active(), () => condition === "DiskPressure");
    const [next] = rankForEviction(usages, resource).filter(({ pod }) => !isCriticalPod(pod));
    if (!next) {
      this.#node.logger.warn({ resource }, "the node is short of a resource, and has no pod that could go");
      return;
    }
    const message = evictionMessage(threshold, measured, next);
    this.#node.logger.warn({ pod: podName(next.pod), resource }, "evicting a pod: the node is short of a resource");
    this.#evict(next.worker, message, this.#graceSeconds(threshold, next.worker));
    this.#evicted = { worker: next.worker, untilMs: this.#node.clock.monotonic() + cleanupMs };
  }

  #evict(worker: PodWorker, message: string, graceSeconds: number): void {
    if (worker.endEarly({ reason: "Evicted", message, graceSeconds }))
      this.#node.recorder.event(worker.pod, "Warning", "Evicted", message);
  }

  #graceSeconds({ graceMs }: Threshold, { pod }: PodWorker): number {
    if (graceMs === 0) return immediateGraceSeconds;
    const { evictionMaxPodGracePeriod } = this.#node.options.configuration;
    return Math.min(evictionMaxPodGracePeriod, pod.spec?.terminationGracePeriodSeconds ?? 30);
  }

  #isStillEnding(): boolean {
    const { worker, untilMs = 0 } = this.#evicted ?? {};
    return worker?.isAdmitted === true && this.#node.clock.monotonic() < untilMs;
  }

  /** Pods that have something to give. */
  #active(): PodWorker[] {
    return [...this.#workers()].filter(({ isAdmitted, isEnding, pod }) => {
      return isAdmitted && !isEnding && !isTerminal(pod.status?.phase);
    });
  }

  #tellNode(message: string): void {
    const { recorder, options } = this.#node;
    const node = { apiVersion: "v1", kind: "Node", metadata: { name: options.nodeName } };
    recorder.event(node, "Warning", "EvictionThresholdMet", message);
  }
}
