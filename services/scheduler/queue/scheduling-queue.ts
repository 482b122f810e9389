import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import { backoffDelay } from "../../../lib/base/backoff.ts";
import type { Clock } from "../../../lib/base/clock.ts";
import type { ClusterChange, Plugin } from "../framework/plugin.ts";
import { type PodInfo, podInfo } from "../snapshot/pod-info.ts";
import { Heap } from "./heap.ts";

const backoff = { initialMs: 1000, maxMs: 10_000 };
/** Nobody waits longer than this for a change that never comes. */
const unschedulableMaxMs = 5 * 60_000;

/** A pod that waits for a node. */
export interface QueuedPod {
  info: PodInfo;
  attempts: number;
  addedMs: number;
  /** Plugins that refused it last. */
  refusedBy: ReadonlySet<string>;
  readyAtMs: number;
  place: "active" | "backoff" | "unschedulable" | "taken" | "gone";
}

/**
 * Pods that wait: those to be tried now (by priority, then age), those that wait out their back-off, and those for which
 * something has to change first. A change wakes only pods that were refused by a plugin that cares for it.
 */
export class SchedulingQueue {
  readonly #clock: Clock;
  readonly #wakeOn: ReadonlyMap<string, readonly ClusterChange[]>;
  readonly #onReady: () => void;
  readonly #pods = new Map<string, QueuedPod>();
  readonly #active = new Heap<QueuedPod>(byPriority);
  readonly #backoff = new Heap<QueuedPod>((left, right) => left.readyAtMs - right.readyAtMs);
  readonly #unschedulable = new Set<QueuedPod>();
  #cancelTimer: () => void = () => {};

  /** `onReady` is called when a pod may be tried. */
  constructor(clock: Clock, plugins: readonly Plugin[], onReady: () => void) {
    this.#clock = clock;
    this.#wakeOn = new Map(plugins.map((plugin) => [plugin.name, plugin.wakeOn]));
    this.#onReady = onReady;
  }

  get size(): number {
    return this.#pods.size;
  }

  /** Takes in a new pod, or a newer version of one that waits. */
  put(pod: Pod): void {
    const uid = pod.metadata?.uid ?? "";
    const queued = this.#pods.get(uid);
    if (!queued) {
      const nowMs = this.#clock.monotonic();
      const fresh: QueuedPod = {
        info: podInfo(pod),
        attempts: 0,
        addedMs: nowMs,
        refusedBy: new Set(),
        readyAtMs: 0,
        place: "active",
      };
      this.#pods.set(uid, fresh);
      this.#activate(fresh);
      return;
    }
    const changed =
      queued.info.pod.spec !== pod.spec || queued.info.pod.metadata?.generation !== pod.metadata?.generation;
    queued.info = podInfo(pod);
    if (changed && queued.place === "unschedulable") this.#wake(queued);
  }

  /** Forgets a pod that was bound, or has gone. */
  remove(uid: string): void {
    const queued = this.#pods.get(uid);
    if (!queued) return;
    this.#pods.delete(uid);
    this.#unschedulable.delete(queued);
    queued.place = "gone";
  }

  /** The next pod to try. */
  take(): QueuedPod | undefined {
    this.#releaseBackoff();
    for (let queued = this.#active.pop(); queued; queued = this.#active.pop()) {
      if (queued.place !== "active") continue;
      queued.place = "taken";
      queued.attempts++;
      return queued;
    }
    return undefined;
  }

  /** A pod that fits nowhere waits for a change that its plugins care for. */
  refuse(queued: QueuedPod, refusedBy: ReadonlySet<string>): void {
    if (queued.place === "gone") return;
    queued.refusedBy = refusedBy;
    queued.place = "unschedulable";
    queued.readyAtMs = this.#clock.monotonic() + backoffDelay(queued.attempts - 1, backoff);
    this.#unschedulable.add(queued);
    this.#setTimer();
  }

  /** A pod whose placing failed is tried again after its back-off. */
  retry(queued: QueuedPod): void {
    if (queued.place === "gone") return;
    queued.readyAtMs = this.#clock.monotonic() + backoffDelay(queued.attempts - 1, backoff);
    this.#toBackoff(queued);
  }

  /** Something has changed: wakes the pods that it may help. */
  changed(change: ClusterChange): void {
    for (const queued of [...this.#unschedulable]) {
      const cares =
        queued.refusedBy.size === 0 ||
        [...queued.refusedBy].some((plugin) => this.#wakeOn.get(plugin)?.includes(change));
      if (cares) this.#wake(queued);
    }
  }

  close(): void {
    this.#cancelTimer();
    this.#pods.clear();
    this.#unschedulable.clear();
  }

  #wake(queued: QueuedPod): void {
    this.#unschedulable.delete(queued);
    if (queued.readyAtMs > this.#clock.monotonic()) this.#toBackoff(queued);
    else this.#activate(queued);
  }

  #activate(queued: QueuedPod): void {
    queued.place = "active";
    this.#active.push(queued);
    this.#onReady();
  }

  #toBackoff(queued: QueuedPod): void {
    queued.place = "backoff";
    this.#backoff.push(queued);
    this.#setTimer();
  }

  #releaseBackoff(): void {
    const nowMs = this.#clock.monotonic();
    for (
      let next = this.#backoff.peek();
      next && (next.readyAtMs <= nowMs || next.place !== "backoff");
      next = this.#backoff.peek()
    ) {
      this.#backoff.pop();
      if (next.place === "backoff") this.#activate(next);
    }
    for (const queued of this.#unschedulable) if (nowMs - queued.readyAtMs >= unschedulableMaxMs) this.#wake(queued);
  }

  #setTimer(): void {
    this.#cancelTimer();
    const nowMs = this.#clock.monotonic();
    const backoffMs = this.#backoff.size > 0 ? (this.#backoff.peek()?.readyAtMs ?? nowMs) - nowMs : unschedulableMaxMs;
    this.#cancelTimer = this.#clock.schedule(Math.max(1, Math.min(backoffMs, unschedulableMaxMs)), () => {
      this.#releaseBackoff();
      if (this.#backoff.size + this.#unschedulable.size > 0) this.#setTimer();
    });
  }
}

function byPriority(left: QueuedPod, right: QueuedPod): number {
  return right.info.priority - left.info.priority || left.addedMs - right.addedMs;
}
