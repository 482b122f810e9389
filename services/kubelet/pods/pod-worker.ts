import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import { linkedAbort } from "../../../lib/base/abort.ts";
import { isStatusError } from "../../../lib/base/status-error.ts";
import type { PodMemory, PodPass, ResizeProblem, WaitingReason } from "../hooks/hook.ts";
import { podHooks } from "../hooks/list.ts";
import { preStopOf } from "../lifecycle/pre-stop.ts";
import { type ContainerProbeCount, Probes } from "../probes/probes.ts";
import type { ContainerStatus } from "../runtimes/runtime.ts";
import { isTerminal } from "../status/pod-phase.ts";
import { PodReporter } from "../status/pod-reporter.ts";
import type { Ending } from "../status/pod-status.ts";
import { PodVolumes } from "../volumes/pod-volumes.ts";
import { AppliedSizes } from "./applied-sizes.ts";
import { ContainerStops } from "./container-stops.ts";
import { ImagePuller } from "./image-puller.ts";
import { type NodeContext, podName } from "./node-context.ts";
import { sidecarsOf } from "./pod-containers.ts";
import { makePodDirectory, podDirectory, removePodDirectory } from "./pod-directory.ts";
import { type Refusal, refusalOf } from "./refusal.ts";
import { RestartBackoff } from "./restart-backoff.ts";
import { Retries } from "./retries.ts";
import { type ObservedPod, podIP, runningContainers } from "./runtime-view.ts";
import { WakeTimer } from "./wake-timer.ts";

const resyncMs = 45_000;
const resizeAgainMs = 10_000;
/** Containers always have so long to end, as in Kubernetes, also when nobody wants to wait for them. */
const graceSecondsMin = 2;

/** How a node ends a pod that would have gone on. */
export interface EarlyEnd {
  /** Of the pod's status: `Evicted`, … */
  readonly reason: string;
  readonly message: string;
  /** Of the condition `DisruptionTarget`, when it says it in other words. */
  readonly disruption?: string;
  readonly graceSeconds: number;
}

const nothingWaits: ReadonlyMap<string, WaitingReason> = new Map();

/**
 * Moves one pod, step by step, towards what the server says:
 *
 *      added ──► running ──── all containers ended for good ───► ended
 *                 │    └───── deadline, refused, or evicted ────► ended (Failed)
 *                 │                                                │
 *                 └─ deletionTimestamp, or gone from the server ───┤
 *                                                                  ▼
 *                      leaving: stop, report, release, delete from the server ──► released
 *
 * A pass looks at everything anew, so that it does not matter which event started it, or how often.
 */
export class PodWorker {
  readonly #node: NodeContext;
  readonly #memory: PodMemory;
  readonly #reporter: PodReporter;
  readonly #timer: WakeTimer;
  readonly #closing = new AbortController();
  readonly #onDone: () => void;
  readonly #refusal: Refusal | undefined;
  #pod: Pod;
  #isGone = false;
  /** Nothing of the pod is on the node any more. */
  #hasLeft = false;
  #isReleased = false;
  #isDirty = false;
  #running: Promise<void> | undefined;
  /** Why the node ends the pod, once it does. */
  #earlyEnd: EarlyEnd | undefined;
  /** When the pod's containers must have ended, once they are to end. */
  #endMs = Number.POSITIVE_INFINITY;
  /** Aborts what still starts things. */
  #advancing: AbortController | undefined;

  /** `onDone`: nothing of the pod is left, neither on the node nor at the server. */
  constructor(node: NodeContext, pod: Pod, onDone: () => void, refusal?: Refusal) {
    this.#node = node;
    this.#refusal = refusal;
    this.#pod = pod;
    this.#onDone = onDone;
    this.#timer = new WakeTimer(node.clock, () => this.wake());
    this.#memory = newMemory(node, pod, () => this.wake());
    this.#reporter = new PodReporter(node, this.#memory);
  }

  /** Whether the pod has, or will have, its place on the node. */
  get isAdmitted(): boolean {
    return !this.#refusal && !this.#isReleased && !isTerminal(this.#pod.status?.phase);
  }

  /** Whether what the pod has is not for others. Once the server has it no more, who comes in its stead may be here at once. */
  get holdsPlace(): boolean {
    return this.isAdmitted && !this.#isGone && !this.#hasLeft;
  }

  /** Whether the pod is on its way out, whatever sent it. */
  get isEnding(): boolean {
    return this.#earlyEnd !== undefined || this.#isLeaving();
  }

  /** The pod's own folder. */
  get directory(): string {
    return this.#memory.directory;
  }

  /** Ends the pod for the node's sake; its status says so. False when it ends for another reason already. */
  endEarly(end: EarlyEnd): boolean {
    if (this.isEnding) return false;
    this.#earlyEnd = end;
    this.wake();
    return true;
  }

  /** The newest version that is known. */
  get pod(): Pod {
    return this.#pod;
  }

  /** How often which probe of which container has succeeded and failed. */
  probeCounts(): ContainerProbeCount[] {
    return this.#memory.probes.counts();
  }

  /** The pod as the runtime has it now. */
  observe(): Promise<ObservedPod> {
    return this.#node.view.pod(this.#memory.uid);
  }

  /** The server has this version of the pod; of no interest when a newer one is known, such as the worker's own. */
  update(pod: Pod): void {
    if (!this.#accept(pod)) return;
    this.wake();
  }

  /** The server has the pod no more: what runs is stopped at once. */
  podGone(): void {
    this.#isGone = true;
    if (this.#isReleased) this.#finish();
    else this.wake();
  }

  /** Something may have changed: looks at the pod soon. */
  wake(): void {
    if (this.#isReleased || this.#closing.signal.aborted) return;
    this.#isDirty = true;
    if (this.isEnding) this.#advancing?.abort(new Error("the pod is leaving"));
    this.#running ??= this.#run();
  }

  /** Stops looking after the pod; its containers run on. */
  async close(): Promise<void> {
    this.#closing.abort(new Error("the kubelet stops"));
    this.#timer.clear();
    this.#memory.probes.stop();
    await this.#running;
  }

  async #run(): Promise<void> {
    try {
      while (this.#isDirty && !this.#closing.signal.aborted) await this.#runOnce();
    } finally {
      // At once after the last look: who wakes the worker from now on starts the next run.
      this.#running = undefined;
    }
  }

  async #runOnce(): Promise<void> {
    this.#isDirty = false;
    this.#timer.clear();
    try {
      await this.#pass();
      this.#memory.retries.succeeded("pass");
      if (!this.#isReleased) this.#timer.within(resyncMs * (0.9 + 0.2 * this.#node.random()));
    } catch (error) {
      if (!this.#closing.signal.aborted) this.#retryAfter(error);
    }
  }

  #retryAfter(error: unknown): void {
    if (this.#advancing?.signal.aborted) return;
    const retryMs = Math.round(this.#memory.retries.failed("pass"));
    const fields = { err: error, pod: podName(this.#pod), retryMs };
    // An API server that is away or busy is nothing wrong with the pod.
    if (isStatusError(error))
      this.#node.logger.warn(fields, "the pod's status could not be told; it will be tried again");
    else this.#node.logger.error(fields, "a pass over the pod failed; it will be tried again");
    this.#timer.within(retryMs);
  }

  async #pass(): Promise<void> {
    this.#advancing = undefined;
    const observed = await this.observe();
    if (this.#isLeaving()) return this.#leave(observed);
    if (isTerminal(this.#pod.status?.phase)) return this.#rest(observed);
    if (this.#refusal) return this.#refuse(this.#refusal.reason, this.#refusal.why);
    const refusal = refusalOf(this.#pod, this.#node);
    if (refusal) return this.#refuse(refusal.reason, refusal.why);
    if (this.#isPastDeadline()) return this.#failOnDeadline(observed);
    if (this.#earlyEnd) return this.#endEarlyAsAsked(this.#earlyEnd, observed);
    await this.#advance(observed);
  }

  /** One pass of a pod that should run. */
  async #advance(observed: ObservedPod): Promise<void> {
    const { abort, release } = linkedAbort(this.#closing.signal);
    this.#advancing = abort;
    const pass = this.#newPass(observed, abort.signal);
    // The first word to the server need not hold up the start.
    const announced = this.#pod.status?.startTime ? undefined : this.#report(observed, pass.waiting);
    announced?.catch(() => {});
    try {
      await makePodDirectory(this.#memory.directory);
      for (const hook of podHooks) {
        if ((await hook.run(pass)) === "wait") break;
        abort.signal.throwIfAborted();
      }
    } finally {
      release();
    }
    await announced?.catch(() => {});
    if (pass.refusal) return this.#refuse(pass.refusal.reason, pass.refusal.why);
    this.#memory.probes.retain([...pass.observed.containers.values()].flat());
    await this.#report(pass.observed, pass.waiting, undefined, pass.resize);
    if (isTerminal(this.#pod.status?.phase)) this.#isDirty = true;
  }

  #newPass(observed: ObservedPod, signal: AbortSignal): PodPass {
    const { pod, problem } = this.#node.room.judge(this.#pod);
    // Whoever makes room wakes those who wait; this is for what nobody tells.
    if (problem) this.#timer.within(resizeAgainMs);
    const pass: PodPass = {
      ...this.#memory,
      node: this.#node,
      pod,
      observed,
      ...(problem && { resize: problem }),
      observe: async () => {
        pass.observed = await this.observe();
      },
      volumePaths: new Map(),
      podMounts: [],
      waiting: new Map(),
      wakeAfter: (ms) => this.#timer.within(ms),
      signal,
    };
    return pass;
  }

  #isLeaving(): boolean {
    return this.#isGone || this.#pod.metadata?.deletionTimestamp !== undefined;
  }

  /** A pod that is deleted: stopped in its time, told of, then given back. */
  async #leave(observed: ObservedPod): Promise<void> {
    const { probes, uid, directory } = this.#memory;
    const { deletionTimestamp, deletionGracePeriodSeconds = 30 } = this.#pod.metadata ?? {};
    const hasEnded = this.#stopAll(observed, this.#isGone || !deletionTimestamp ? 0 : deletionGracePeriodSeconds);
    probes.retain([...observed.containers.values()].flat());
    if (!this.#isGone) await this.#report(observed, nothingWaits, {});
    if (!hasEnded) return;
    await this.#node.devices.unprepare(uid);
    const sandboxes = (await this.#node.view.sandboxesByPod()).get(uid) ?? [];
    await Promise.all(sandboxes.map(({ id }) => this.#node.runtime.removeSandbox(id)));
    await removePodDirectory(directory);
    this.#hasLeft = true;
    if (!this.#isGone) await this.#deleteFromServer();
    this.#isReleased = true;
    this.#node.room.release(uid);
    if (this.#isGone) this.#finish();
  }

  #finish(): void {
    this.#timer.clear();
    this.#onDone();
  }

  /** A pod that has ended keeps its containers for their logs, and nothing else. */
  async #rest(observed: ObservedPod): Promise<void> {
    this.#memory.probes.stop();
    this.#node.room.release(this.#memory.uid);
    if (!this.#stopAll(observed, this.#pod.spec?.terminationGracePeriodSeconds ?? 30)) return;
    await this.#node.devices.unprepare(this.#memory.uid);
    const ready = [observed.sandbox, ...observed.olderSandboxes].filter((sandbox) => sandbox?.state === "Ready");
    await Promise.all(ready.map((sandbox) => this.#node.runtime.stopSandbox(sandbox?.id ?? "")));
    await this.#memory.volumes.release();
  }

  /**
   * Whether everything has ended; what has not is being stopped, and its end wakes the worker. Sidecars serve until the
   * others have ended, and then end in the reverse order of their start, all within the same time.
   */
  #stopAll(observed: ObservedPod, graceSeconds: number): boolean {
    const running = runningContainers(observed);
    const ip = podIP(this.#node.options.place, observed);
    const nowMs = this.#node.clock.monotonic();
    this.#endMs = Math.min(this.#endMs, nowMs + graceSeconds * 1000);
    const leftSeconds = Math.max(Math.ceil(Math.round(this.#endMs - nowMs) / 1000), graceSecondsMin);
    for (const status of nextToStop(this.#pod, running)) {
      // Who wants the container gone at once does not want it to do anything before.
      const preStop = graceSeconds > 0 ? preStopOf(this.#node, this.#pod, ip, status) : undefined;
      if (this.#memory.stops.stop(status.id, leftSeconds, preStop))
        this.#node.recorder.event(this.#pod, "Normal", "Killing", `Stopping container ${status.name}`);
    }
    return running.length === 0;
  }

  async #refuse(reason: string, why: string): Promise<void> {
    const message = `Pod was rejected: ${why}`;
    this.#node.recorder.event(this.#pod, "Warning", reason, message);
    this.#acceptWritten(await this.#reporter.reject(this.#pod, reason, message));
  }

  #isPastDeadline(): boolean {
    const { activeDeadlineSeconds } = this.#pod.spec ?? {};
    const startMs = Date.parse(this.#pod.status?.startTime ?? "");
    if (activeDeadlineSeconds === undefined || Number.isNaN(startMs)) return false;
    const remainingMs = startMs + activeDeadlineSeconds * 1000 - this.#node.clock.now();
    if (remainingMs > 0) this.#timer.within(remainingMs);
    return remainingMs <= 0;
  }

  async #failOnDeadline(observed: ObservedPod): Promise<void> {
    const failure = {
      reason: "DeadlineExceeded",
      message: "Pod was active on the node longer than the specified deadline",
    };
    const hasEnded = this.#stopAll(observed, this.#pod.spec?.terminationGracePeriodSeconds ?? 30);
    await this.#report(observed, nothingWaits, { failure });
    if (!hasEnded) return;
    this.#node.recorder.event(this.#pod, "Normal", failure.reason, failure.message);
    this.#isDirty = true;
  }

  async #endEarlyAsAsked(
    { reason, message, disruption = message, graceSeconds }: EarlyEnd,
    observed: ObservedPod,
  ): Promise<void> {
    const hasEnded = this.#stopAll(observed, graceSeconds);
    await this.#report(observed, nothingWaits, { failure: { reason, message }, disruption });
    if (hasEnded) this.#isDirty = true;
  }

  async #report(
    observed: ObservedPod,
    waiting: ReadonlyMap<string, WaitingReason>,
    ending?: Ending,
    resize?: ResizeProblem,
  ): Promise<void> {
    this.#acceptWritten(await this.#reporter.report(this.#pod, observed, waiting, ending, resize));
  }

  /** A pod that the server does not find is gone; the watch will say so, too. */
  #acceptWritten(written: Pod | undefined): void {
    if (written) this.#accept(written);
  }

  /** Whether this version is newer than the one that is known. */
  #accept(pod: Pod): boolean {
    if (versionOf(pod) <= versionOf(this.#pod)) return false;
    this.#pod = pod;
    return true;
  }

  async #deleteFromServer(): Promise<void> {
    const { namespace, name = "", uid } = this.#pod.metadata ?? {};
    try {
      await this.#node.client.core.v1.pods.delete(name, { namespace, gracePeriodSeconds: 0, preconditions: { uid } });
    } catch (error) {
      if (!isStatusError(error, "NotFound", "Conflict")) throw error;
    }
  }
}

/** Those whose turn it is: all but sidecars, then the last sidecar. */
function nextToStop(pod: Pod, running: ContainerStatus[]): ContainerStatus[] {
  const names = sidecarsOf(pod).map(({ name }) => name);
  const others = running.filter(({ name }) => !names.includes(name));
  if (others.length > 0) return others;
  return running.toSorted((left, right) => names.indexOf(right.name) - names.indexOf(left.name)).slice(0, 1);
}

function newMemory(node: NodeContext, pod: Pod, wake: () => void): PodMemory {
  const { uid = "" } = pod.metadata ?? {};
  const directory = podDirectory(node.options.stateDir, uid);
  return {
    uid,
    directory,
    probes: new Probes(node, wake),
    volumes: new PodVolumes(node, directory),
    images: new ImagePuller(node),
    stops: new ContainerStops(node, wake),
    restarts: new RestartBackoff(node.clock),
    retries: new Retries(),
    sizes: new AppliedSizes(),
  };
}

/** Resource versions are numbers that grow. */
function versionOf(pod: Pod): number {
  return Number(pod.metadata?.resourceVersion ?? 0);
}
