import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import type { Informer } from "../../../lib/client/informer.ts";
import { isTerminal } from "../status/pod-phase.ts";
import { wantsTakenPort } from "./host-ports.ts";
import { type NodeContext, podName } from "./node-context.ts";
import { podDirectory, podsWithDirectory, removePodDirectory } from "./pod-directory.ts";
import { PodWorker } from "./pod-worker.ts";
import type { Refusal } from "./refusal.ts";

const relistMs = 60_000;
const followAgainMs = 1000;

/** Gives every pod of the node its worker, and tells it what the server and the runtime say. */
export class PodManager {
  readonly #node: NodeContext;
  readonly #pods: Informer<Pod>;
  readonly #refuse: (pod: Pod) => Refusal | undefined;
  readonly #workers = new Map<string, PodWorker>();
  readonly #abort = new AbortController();
  #tasks: Promise<void>[] = [];
  #removeHandler = () => {};

  /** `pods` are the pods bound to this node; `refuse` says which new ones the node does not take in as it is now. */
  constructor(node: NodeContext, pods: Informer<Pod>, refuse: (pod: Pod) => Refusal | undefined) {
    this.#node = node;
    this.#pods = pods;
    this.#refuse = refuse;
  }

  /** Takes over what the runtime runs already, then follows server and runtime. The informer must be synced. */
  async start(): Promise<void> {
    const found = new Set((await this.#node.view.sandboxesByPod()).keys());
    this.#tasks = [this.#followRuntime(), this.#relist()];
    this.#removeHandler = this.#pods.addHandler({
      added: (pod) => this.#put(pod, found),
      updated: (_, pod) => this.#put(pod, found),
      deleted: (pod) => this.#workers.get(pod.metadata?.uid ?? "")?.podGone(),
    });
    await this.#removeUnknown();
  }

  /** The worker of a pod by name. */
  find(namespace: string, name: string): PodWorker | undefined {
    return this.#workers.get(this.#pods.lister.get(namespace, name)?.metadata?.uid ?? "");
  }

  workers(): Iterable<PodWorker> {
    return this.#workers.values();
  }

  /** Stops looking after pods; they run on. */
  async stop(): Promise<void> {
    this.#removeHandler();
    this.#abort.abort(new Error("the kubelet stops"));
    await Promise.all([...this.#workers.values()].map((worker) => worker.close()));
    await Promise.all(this.#tasks);
  }

  /** `found` are pods that had something on the node when the kubelet started. */
  #put(pod: Pod, found: ReadonlySet<string>): void {
    const { uid = "", deletionTimestamp } = pod.metadata ?? {};
    const known = this.#workers.get(uid);
    if (known) return known.update(pod);
    // Of a pod that ended before the kubelet started, and left nothing, there is nothing to look after.
    if (isTerminal(pod.status?.phase) && !found.has(uid) && !deletionTimestamp) return;
    this.#employ(pod, this.#refusalOf(pod, found.has(uid))).wake();
  }

  /** Pods that were not scheduled may ask for what is taken; a pod that has begun keeps its place. */
  #refusalOf(pod: Pod, hasBegun: boolean): Refusal | undefined {
    if (hasBegun || pod.status?.startTime) return undefined;
    const refused = this.#refuse(pod);
    if (refused) return refused;
    const admitted = [...this.#workers.values()].filter((worker) => worker.holdsPlace).map((worker) => worker.pod);
    if (!wantsTakenPort(pod, admitted)) return undefined;
    return {
      reason: "NodePorts",
      why: "Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports",
    };
  }

  #employ(pod: Pod, refusal?: Refusal): PodWorker {
    const { uid = "" } = pod.metadata ?? {};
    const worker = new PodWorker(this.#node, pod, () => this.#workers.delete(uid), refusal);
    this.#workers.set(uid, worker);
    return worker;
  }

  /** What is left of pods that the server does not have is ended by workers of their own. */
  async #removeUnknown(): Promise<void> {
    const { view, options, logger } = this.#node;
    const [byPod, directories] = await Promise.all([view.sandboxesByPod(), podsWithDirectory(options.stateDir)]);
    const known = new Set(this.#pods.lister.list().map((pod) => pod.metadata?.uid ?? ""));
    const isUnknown = (uid: string) => !known.has(uid) && !this.#workers.has(uid);
    for (const [uid, sandboxes] of byPod) {
      if (!isUnknown(uid)) continue;
      const remains: Pod = { apiVersion: "v1", kind: "Pod", metadata: { ...sandboxes[0]?.pod } };
      logger.info({ pod: podName(remains) }, "ending a pod that the server does not have");
      this.#employ(remains).podGone();
    }
    const left = directories.filter((uid) => isUnknown(uid));
    await Promise.all(left.map((uid) => removePodDirectory(podDirectory(options.stateDir, uid))));
  }

  async #followRuntime(): Promise<void> {
    const { runtime, view, logger } = this.#node;
    while (!this.#abort.signal.aborted) {
      try {
        for await (const { sandboxId } of runtime.events(this.#abort.signal))
          this.#workers.get(view.podOf(sandboxId) ?? "")?.wake();
      } catch (error) {
        if (this.#abort.signal.aborted) return;
        logger.warn({ err: error }, "the runtime's events broke off; following them again");
      }
      await this.#sleep(followAgainMs);
      // What happened meanwhile was not told.
      for (const worker of this.#workers.values()) worker.wake();
    }
  }

  async #relist(): Promise<void> {
    while (await this.#sleep(relistMs)) {
      try {
        await this.#removeUnknown();
      } catch (error) {
        this.#node.logger.warn({ err: error }, "could not list the runtime's sandboxes");
      }
    }
  }

  /** Whether the time has passed without a stop. */
  async #sleep(ms: number): Promise<boolean> {
    try {
      await this.#node.clock.sleep(ms, this.#abort.signal);
      return true;
    } catch {
      return false;
    }
  }
}
