import { join } from "node:path";
import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import { backoffDelay } from "../../../lib/base/backoff.ts";
import { isStatusError } from "../../../lib/base/status-error.ts";
import type { PodPass, WaitingReason } from "../hooks/hook.ts";
import { podHooks } from "../hooks/list.ts";
import { Probes } from "../probes/probes.ts";
import type { Mount } from "../runtimes/runtime.ts";
import { readLastWords } from "../status/last-words.ts";
import { podStatus } from "../status/pod-status.ts";
import { writePodStatus } from "../status/status-writer.ts";
import { removeVolumes } from "../volumes/volumes.ts";
import { type NodeContext, podName } from "./node-context.ts";
import { type ObservedPod, observePod, runningContainers } from "./observed-pod.ts";
import { RestartBackoff } from "./restart-backoff.ts";
import { unsupportedFields } from "./unsupported.ts";

const resyncMs = 60_000;
const retry = { initialMs: 500, maxMs: 30_000 };

/**
 * Moves one pod, step by step, towards what the server says:
 *
 *      added ──► running ──── all containers ended for good ───► ended
 *                 │    └───── deadline, or refused ─────────────► ended (Failed)
 *                 │                                                │
 *                 └─ deletionTimestamp, or gone from the server ───┤
 *                                                                  ▼
 *                                   terminating: stop, release, delete from the server ──► done
 *
 * A pass looks at everything anew, so that it does not matter which event started it, or how often.
 */
export class PodWorker {
  readonly uid: string;
  readonly #node: NodeContext;
  readonly #directory: string;
  readonly #probes: Probes;
  readonly #backoff: RestartBackoff;
  readonly #sandboxIds: Set<string>;
  readonly #messages = new Map<string, string>();
  readonly #abort = new AbortController();
  readonly #onDone: () => void;
  #pod: Pod;
  #gone = false;
  #dirty = false;
  #running: Promise<void> | undefined;
  #failures = 0;
  #cancelTimer: () => void = () => {};
  #stopDeadlineMs = Number.POSITIVE_INFINITY;
  #waiting = new Map<string, WaitingReason>();

  /** `sandboxIds` are those that the runtime has of this pod from before. `onDone`: nothing of the pod is left on the node. */
  constructor(node: NodeContext, pod: Pod, sandboxIds: Iterable<string>, onDone: () => void) {
    this.#node = node;
    this.#pod = pod;
    this.uid = pod.metadata?.uid ?? "";
    this.#directory = join(node.options.stateDir, "pods", this.uid);
    this.#sandboxIds = new Set(sandboxIds);
    this.#onDone = onDone;
    this.#probes = new Probes(node, () => this.wake());
    this.#backoff = new RestartBackoff(node.clock);
  }

  get pod(): Pod {
    return this.#pod;
  }

  get sandboxIds(): ReadonlySet<string> {
    return this.#sandboxIds;
  }

  /** The pod as the runtime has it now. */
  observe(): Promise<ObservedPod> {
    return observePod(this.#node.runtime, this.uid, this.#sandboxIds);
  }

  /** The server has a newer version of the pod. */
  update(pod: Pod): void {
    this.#pod = pod;
    this.#hurryStop();
    this.wake();
  }

  /** The server has the pod no more: what runs is stopped at once. */
  podGone(): void {
    this.#gone = true;
    this.#hurryStop();
    this.wake();
  }

  /** Something may have changed: looks at the pod soon. */
  wake(): void {
    this.#dirty = true;
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
  }

  /** Stops looking after the pod; its containers run on. */
  async close(): Promise<void> {
    this.#abort.abort(new Error("the kubelet stops"));
    this.#cancelTimer();
    this.#probes.stop();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (this.#dirty && !this.#abort.signal.aborted) {
      this.#dirty = false;
      this.#cancelTimer();
      this.#wakeAfter(resyncMs);
      try {
        await this.#pass();
        this.#failures = 0;
      } catch (error) {
        if (this.#abort.signal.aborted) return;
        this.#node.logger.error(
          { err: error, pod: podName(this.#pod) },
          "a pass over the pod failed; it will be tried again",
        );
        this.#wakeAfter(backoffDelay(this.#failures++, retry));
      }
    }
  }

  async #pass(): Promise<void> {
    const phase = this.#pod.status?.phase;
    if (this.#gone || this.#pod.metadata?.deletionTimestamp) return this.#terminate();
    if (phase === "Succeeded" || phase === "Failed") return this.#stopEverything(await this.observe(), 0);
    const unsupported = unsupportedFields(this.#pod);
    if (unsupported.length > 0) return this.#refuse(unsupported);
    if (this.#isPastDeadline()) return this.#failOnDeadline();
    await this.#advance();
  }

  /** One pass of a pod that should run. */
  async #advance(): Promise<void> {
    const pass = this.#newPass(await this.observe());
    this.#waiting = pass.waiting;
    if (!this.#pod.status?.startTime) await this.#writeStatus(pass.observed);
    for (const hook of podHooks) {
      if ((await hook.run(pass)) === "wait") break;
      if (this.#gone) return;
    }
    this.#probes.retain(new Set(runningContainers(pass.observed).map(({ id }) => id)));
    const written = await this.#writeStatus(pass.observed);
    const phase = written?.status?.phase;
    if (phase === "Succeeded" || phase === "Failed") this.wake();
  }

  #newPass(observed: ObservedPod): PodPass {
    const pass: PodPass = {
      node: this.#node,
      pod: this.#pod,
      uid: this.uid,
      directory: this.#directory,
      observed,
      observe: async () => {
        pass.observed = await this.observe();
      },
      probes: this.#probes,
      backoff: this.#backoff,
      volumes: new Map<string, string>(),
      podMounts: [] as Mount[],
      waiting: new Map<string, WaitingReason>(),
      wakeAfter: (ms) => this.#wakeAfter(ms),
      addSandbox: (id) => this.#sandboxIds.add(id),
      signal: this.#abort.signal,
    };
    return pass;
  }

  async #terminate(): Promise<void> {
    const observed = await this.observe();
    const grace = this.#gone ? 0 : (this.#pod.metadata?.deletionGracePeriodSeconds ?? 30);
    for (const { name } of runningContainers(observed)) {
      this.#node.recorder.event(this.#pod, "Normal", "Killing", `Stopping container ${name}`);
    }
    await this.#stopEverything(observed, grace);
    this.#waiting = new Map();
    if (!this.#gone) await this.#writeStatus(await this.observe());
    await Promise.all([...this.#sandboxIds].map((id) => this.#node.runtime.removeSandbox(id)));
    await removeVolumes(this.#directory);
    if (!this.#gone) await this.#deleteFromServer();
    this.#probes.stop();
    this.#cancelTimer();
    this.#onDone();
  }

  async #stopEverything(observed: ObservedPod, graceSeconds: number): Promise<void> {
    this.#stopDeadlineMs = this.#node.clock.monotonic() + graceSeconds * 1000;
    await this.#stopContainers(observed, graceSeconds);
    this.#probes.retain(new Set());
    const ready = [observed.sandbox, ...observed.olderSandboxes].filter((sandbox) => sandbox?.state === "Ready");
    await Promise.all(ready.map((sandbox) => this.#node.runtime.stopSandbox(sandbox?.id ?? "")));
  }

  async #stopContainers(observed: ObservedPod, graceSeconds: number): Promise<void> {
    await Promise.all(runningContainers(observed).map(({ id }) => this.#node.runtime.stopContainer(id, graceSeconds)));
  }

  /** A shorter grace period than the one that is running out cuts it short. */
  #hurryStop(): void {
    if (!this.#gone && !this.#pod.metadata?.deletionTimestamp) return;
    const grace = this.#gone ? 0 : (this.#pod.metadata?.deletionGracePeriodSeconds ?? 30);
    const deadlineMs = this.#node.clock.monotonic() + grace * 1000;
    if (deadlineMs >= this.#stopDeadlineMs || !Number.isFinite(this.#stopDeadlineMs)) return;
    this.#stopDeadlineMs = deadlineMs;
    this.observe()
      .then((observed) => this.#stopContainers(observed, grace))
      .catch((error: unknown) =>
        this.#node.logger.warn({ err: error, pod: podName(this.#pod) }, "could not stop the pod sooner"),
      );
  }

  async #refuse(fields: string[]): Promise<void> {
    const message = `Pod was rejected: this node does not support ${fields.join(", ")}`;
    this.#node.recorder.event(this.#pod, "Warning", "UnsupportedPodSpec", message);
    await this.#fail("UnsupportedPodSpec", message);
  }

  #isPastDeadline(): boolean {
    const { activeDeadlineSeconds } = this.#pod.spec ?? {};
    const startMs = Date.parse(this.#pod.status?.startTime ?? "");
    if (activeDeadlineSeconds === undefined || Number.isNaN(startMs)) return false;
    const remainingMs = startMs + activeDeadlineSeconds * 1000 - this.#node.clock.now();
    if (remainingMs > 0) this.#wakeAfter(remainingMs);
    return remainingMs <= 0;
  }

  async #failOnDeadline(): Promise<void> {
    const message = "Pod was active on the node longer than the specified deadline";
    this.#node.recorder.event(this.#pod, "Normal", "DeadlineExceeded", message);
    await this.#stopEverything(await this.observe(), this.#pod.spec?.terminationGracePeriodSeconds ?? 30);
    await this.#fail("DeadlineExceeded", message);
  }

  async #fail(reason: string, message: string): Promise<void> {
    const status = podStatus(this.#facts(await this.observe()));
    await this.#write({ ...status, phase: "Failed", reason, message });
  }

  #facts(observed: ObservedPod) {
    return {
      node: this.#node,
      pod: this.#pod,
      observed,
      probes: this.#probes,
      waiting: this.#waiting,
      messages: this.#messages,
    };
  }

  async #writeStatus(observed: ObservedPod): Promise<Pod | undefined> {
    await readLastWords(this.#node.runtime, this.#pod, this.#directory, observed, this.#messages);
    return this.#write(podStatus(this.#facts(observed)));
  }

  async #write(status: NonNullable<Pod["status"]>): Promise<Pod | undefined> {
    const before = this.#pod;
    const written = await writePodStatus(this.#node.client, before, status);
    // A newer version may have arrived by the watch meanwhile.
    if (written && this.#pod === before) this.#pod = written;
    return written;
  }

  async #deleteFromServer(): Promise<void> {
    const { namespace, name = "", uid } = this.#pod.metadata ?? {};
    try {
      await this.#node.client.core.v1.pods.delete(name, { namespace, gracePeriodSeconds: 0, preconditions: { uid } });
    } catch (error) {
      if (!isStatusError(error, "NotFound", "Conflict")) throw error;
    }
  }

  #wakeAfter(ms: number): void {
    const before = this.#cancelTimer;
    const cancel = this.#node.clock.schedule(ms, () => this.wake());
    this.#cancelTimer = () => {
      before();
      cancel();
    };
  }
}
