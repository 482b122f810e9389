import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import { type BackoffOptions, backoffDelay } from "../../../lib/base/backoff.ts";
import type { Clock } from "../../../lib/base/clock.ts";
import type { ClusterChange, Subject } from "../framework/cluster-change.ts";
import type { Plugin } from "../framework/plugin.ts";
import { type PodInfo, podInfo } from "../snapshot/pod-info.ts";
import { Snapshot } from "../snapshot/snapshot.ts";
import { Heap } from "./heap.ts";
import { concernsScheduling } from "./pod-changes.ts";

const defaultBackoff: BackoffOptions = { initialMs: 1000, maxMs: 10_000 };
/** Nobody waits longer than this for a change that never comes. */
const unschedulableMsMax = 5 * 60_000;

/** Who refuses pods, and knows what makes them worth another try. */
type Waker = Pick<Plugin, "name" | "wakeOn" | "hint">;

/** A pod that waits for a node. */
export interface QueuedPod {
  info: PodInfo;
  attempts: number;
  /** Rises with each pod that comes. */
  readonly order: number;
  /** Who refused it. */
  refusedBy: readonly Waker[];
  /** What makes it worth another try. */
  wakeOn: ReadonlySet<ClusterChange>;
  refusedMs: number;
  /** When its back-off is over. */
  readyMs: number;
  /** How many changes there had been when it was taken. */
  takenAt: number;
  place: "active" | "backoff" | "unschedulable" | "taken" | "gone";
}

/**
 * Pods that wait: those to be tried now (by priority, then in the order of their coming), those that wait out their back-off,
 * and those for which something has to change first. A change wakes only pods that were refused by a plugin that cares for it.
 */
export class SchedulingQueue {
  readonly #clock: Clock;
  readonly #plugins: ReadonlyMap<string, Waker>;
  readonly #snapshot: Snapshot;
  readonly #backoffOptions: BackoffOptions;
  readonly #onReady: () => void;
  readonly #pods = new Map<string, QueuedPod>();
  readonly #active = new Heap<QueuedPod>(byPriority);
  readonly #backoff = new Heap<QueuedPod>((left, right) => left.readyMs - right.readyMs);
  /** In the order of their refusal. */
  readonly #unschedulable = new Set<QueuedPod>();
  /** Those of them that a change wakes. */
  readonly #waitingFor = new Map<ClusterChange, Set<QueuedPod>>();
  /** The number of the last change of each kind. */
  readonly #lastChanges = new Map<ClusterChange, number>();
  #changes = 0;
  #order = 0;
  #alarm: { atMs: number; cancel: () => void } | undefined;

  /** `onReady` is called when a pod may be tried. */
  constructor(
    clock: Clock,
    plugins: readonly Waker[],
    onReady: () => void,
    snapshot = new Snapshot(),
    backoff = defaultBackoff,
  ) {
    this.#backoffOptions = backoff;
    this.#clock = clock;
    this.#snapshot = snapshot;
    this.#plugins = new Map(plugins.map((plugin) => [plugin.name, plugin]));
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
      const fresh: QueuedPod = {
        info: podInfo(pod),
        attempts: 0,
        order: this.#order++,
        refusedBy: [],
        wakeOn: new Set(),
        refusedMs: 0,
        readyMs: 0,
        takenAt: 0,
        place: "active",
      };
      this.#pods.set(uid, fresh);
      this.#activate(fresh);
      return;
    }
    const changed = concernsScheduling(queued.info.pod, pod);
    queued.info = podInfo(pod);
    if (changed && queued.place === "unschedulable" && queued.wakeOn.has("PodChanged")) this.#wake(queued);
  }

  /** Forgets a pod that was bound, or has gone. */
  remove(uid: string): void {
    const queued = this.#pods.get(uid);
    if (!queued) return;
    this.#pods.delete(uid);
    this.#leaveUnschedulable(queued);
    queued.place = "gone";
  }

  /** The next pod to try. */
  take(): QueuedPod | undefined {
    for (let queued = this.#active.pop(); queued; queued = this.#active.pop()) {
      if (queued.place !== "active") continue;
      queued.place = "taken";
      queued.takenAt = this.#changes;
      queued.attempts++;
      return queued;
    }
    return undefined;
  }

  /** A pod that fits nowhere waits for a change that the plugins that refused it care for; without nodes, for a node. */
  refuse(queued: QueuedPod, refusedBy: ReadonlySet<string>): void {
    if (queued.place === "gone") return;
    queued.refusedBy = [...refusedBy].flatMap((name) => this.#plugins.get(name) ?? []);
    const changes = queued.refusedBy.flatMap(({ wakeOn }) => wakeOn);
    queued.wakeOn = new Set(refusedBy.size === 0 ? ["NodeAdded"] : changes);
    queued.place = "unschedulable";
    queued.refusedMs = this.#clock.monotonic();
    queued.readyMs = queued.refusedMs + backoffDelay(queued.attempts - 1, this.#backoffOptions);
    this.#unschedulable.add(queued);
    for (const change of queued.wakeOn) this.#waitingForOne(change).add(queued);
    this.#setAlarm(queued.refusedMs + unschedulableMsMax);
    // While others were asked about it there was nobody to wake.
    if ([...queued.wakeOn].some((change) => (this.#lastChanges.get(change) ?? 0) > queued.takenAt)) this.#wake(queued);
  }

  /** A pod whose placing failed is tried again after its back-off. */
  retry(queued: QueuedPod): void {
    if (queued.place === "gone") return;
    queued.readyMs = this.#clock.monotonic() + backoffDelay(queued.attempts - 1, this.#backoffOptions);
    this.#toBackoff(queued);
  }

  /** Something has changed: wakes the pods that it may help. */
  changed(change: ClusterChange, subject: Subject = {}): void {
    this.#lastChanges.set(change, ++this.#changes);
    const waiting = this.#waitingFor.get(change);
    if (!waiting || waiting.size === 0) return;
    for (const queued of [...waiting]) if (this.#mayHelp(queued, change, subject)) this.#wake(queued);
  }

  /** Tries a refused pod again as soon as its back-off is over. */
  tryAgain(uid: string): void {
    const queued = this.#pods.get(uid);
    if (queued?.place === "unschedulable") this.#wake(queued);
  }

  close(): void {
    this.#alarm?.cancel();
    this.#pods.clear();
    this.#unschedulable.clear();
    this.#waitingFor.clear();
  }

  #mayHelp({ info, refusedBy }: QueuedPod, change: ClusterChange, subject: Subject): boolean {
    if (refusedBy.length === 0) return true;
    return refusedBy.some(
      ({ wakeOn, hint }) => wakeOn.includes(change) && (hint?.(info, change, subject, this.#snapshot) ?? true),
    );
  }

  #waitingForOne(change: ClusterChange): Set<QueuedPod> {
    const known = this.#waitingFor.get(change);
    if (known) return known;
    const fresh = new Set<QueuedPod>();
    this.#waitingFor.set(change, fresh);
    return fresh;
  }

  #wake(queued: QueuedPod): void {
    this.#leaveUnschedulable(queued);
    if (queued.readyMs > this.#clock.monotonic()) this.#toBackoff(queued);
    else this.#activate(queued);
  }

  #leaveUnschedulable(queued: QueuedPod): void {
    if (!this.#unschedulable.delete(queued)) return;
    for (const change of queued.wakeOn) this.#waitingForOne(change).delete(queued);
  }

  #activate(queued: QueuedPod): void {
    queued.place = "active";
    this.#active.push(queued);
    this.#onReady();
  }

  #toBackoff(queued: QueuedPod): void {
    queued.place = "backoff";
    this.#backoff.push(queued);
    this.#setAlarm(queued.readyMs);
  }

  /** Lets go those whose back-off is over, and those that have waited too long for a change. */
  #release(): void {
    const nowMs = this.#clock.monotonic();
    for (let next = this.#backoff.peek(); next && next.readyMs <= nowMs; next = this.#backoff.peek()) {
      this.#backoff.pop();
      if (next.place === "backoff") this.#activate(next);
    }
    for (const queued of this.#unschedulable) {
      if (nowMs - queued.refusedMs < unschedulableMsMax) break;
      this.#wake(queued);
    }
    const [longest] = this.#unschedulable;
    const next = this.#backoff.peek();
    if (longest) this.#setAlarm(longest.refusedMs + unschedulableMsMax);
    if (next) this.#setAlarm(next.readyMs);
  }

  /** One alarm for all: the earliest. */
  #setAlarm(atMs: number): void {
    if (this.#alarm && this.#alarm.atMs <= atMs) return;
    this.#alarm?.cancel();
    const cancel = this.#clock.schedule(Math.max(1, Math.ceil(atMs - this.#clock.monotonic())), () => {
      this.#alarm = undefined;
      this.#release();
    });
    this.#alarm = { atMs, cancel };
  }
}

function byPriority(left: QueuedPod, right: QueuedPod): number {
  return right.info.priority - left.info.priority || left.order - right.order;
}
