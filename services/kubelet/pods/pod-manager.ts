import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import type { Informer } from "../../../lib/client/informer.ts";
import type { SandboxStatus } from "../runtimes/runtime.ts";
import { type NodeContext, podName } from "./node-context.ts";
import { PodWorker } from "./pod-worker.ts";

const relistMs = 60_000;

/** Gives every pod of the node its worker, and tells it what the server and the runtime say. */
export class PodManager {
  readonly #node: NodeContext;
  readonly #pods: Informer<Pod>;
  readonly #workers = new Map<string, PodWorker>();
  readonly #abort = new AbortController();
  #tasks: Promise<void>[] = [];

  /** `pods` are the pods bound to this node. */
  constructor(node: NodeContext, pods: Informer<Pod>) {
    this.#node = node;
    this.#pods = pods;
  }

  /** Takes over what the runtime runs already, then follows server and runtime. The informer must be synced. */
  async start(): Promise<void> {
    const sandboxes = await this.#node.runtime.listSandboxes();
    const byPod = sandboxesByPod(sandboxes);
    this.#tasks = [this.#followRuntime(), this.#relist()];
    const put = (pod: Pod) => this.#put(pod, byPod.get(pod.metadata?.uid ?? "") ?? []);
    this.#pods.addHandler({
      added: put,
      updated: (before, after) => {
        if (before.metadata?.uid !== after.metadata?.uid) this.#workers.get(before.metadata?.uid ?? "")?.podGone();
        put(after);
      },
      deleted: (pod) => this.#workers.get(pod.metadata?.uid ?? "")?.podGone(),
    });
    this.#removeUnknown(byPod);
  }

  /** The worker of a pod by name. */
  find(namespace: string, name: string): PodWorker | undefined {
    const uid = this.#pods.lister.get(namespace, name)?.metadata?.uid;
    return uid ? this.#workers.get(uid) : undefined;
  }

  workers(): Iterable<PodWorker> {
    return this.#workers.values();
  }

  /** Stops looking after pods; they run on. */
  async stop(): Promise<void> {
    this.#abort.abort(new Error("the kubelet stops"));
    await Promise.all([...this.#workers.values()].map((worker) => worker.close()));
    await Promise.all(this.#tasks);
  }

  #put(pod: Pod, sandboxes: readonly SandboxStatus[]): void {
    const uid = pod.metadata?.uid ?? "";
    const existing = this.#workers.get(uid);
    if (existing) return existing.update(pod);
    const ended = pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed";
    if (ended && sandboxes.length === 0 && !pod.metadata?.deletionTimestamp) return;
    const worker = new PodWorker(
      this.#node,
      pod,
      sandboxes.map(({ id }) => id),
      () => this.#workers.delete(uid),
    );
    this.#workers.set(uid, worker);
    worker.wake();
  }

  /** Sandboxes of pods that the server does not have are ended by workers of their own. */
  #removeUnknown(byPod: ReadonlyMap<string, SandboxStatus[]>): void {
    const known = new Set(this.#pods.lister.list().map((pod) => pod.metadata?.uid));
    for (const [uid, sandboxes] of byPod) {
      const [sandbox] = sandboxes;
      if (!sandbox || known.has(uid) || this.#workers.has(uid)) continue;
      const { namespace, name } = sandbox.pod;
      const remains: Pod = { apiVersion: "v1", kind: "Pod", metadata: { namespace, name, uid } };
      this.#node.logger.info({ pod: podName(remains) }, "ending a pod that the server does not have");
      const worker = new PodWorker(
        this.#node,
        remains,
        sandboxes.map(({ id }) => id),
        () => this.#workers.delete(uid),
      );
      this.#workers.set(uid, worker);
      worker.podGone();
    }
  }

  async #followRuntime(): Promise<void> {
    while (!this.#abort.signal.aborted) {
      try {
        for await (const event of this.#node.runtime.events(this.#abort.signal)) {
          for (const worker of this.#workers.values()) if (worker.sandboxIds.has(event.sandboxId)) worker.wake();
        }
      } catch (error) {
        if (this.#abort.signal.aborted) return;
        this.#node.logger.warn({ err: error }, "the runtime's events broke off; following them again");
      }
      await this.#sleep(1000);
    }
  }

  async #relist(): Promise<void> {
    while (await this.#sleep(relistMs)) {
      try {
        this.#removeUnknown(sandboxesByPod(await this.#node.runtime.listSandboxes()));
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

function sandboxesByPod(sandboxes: readonly SandboxStatus[]): Map<string, SandboxStatus[]> {
  const byPod = new Map<string, SandboxStatus[]>();
  for (const sandbox of sandboxes) byPod.set(sandbox.pod.uid, [...(byPod.get(sandbox.pod.uid) ?? []), sandbox]);
  return byPod;
}
