import type { ShutdownGroup } from "../configuration/kubelet-configuration.ts";
import type { NodeContext } from "../pods/node-context.ts";
import type { PodWorker } from "../pods/pod-worker.ts";
import type { Refusal } from "../pods/refusal.ts";
import { groupOf, shutdownGroups } from "./shutdown-groups.ts";

const message = "Pod was terminated in response to imminent node shutdown.";
/** How often it is looked whether the pods of a group have ended. */
const lookMs = 200;

/** Ends a node's pods in good order before the machine goes down. */
export class NodeShutdown {
  readonly #node: NodeContext;
  readonly #workers: () => Iterable<PodWorker>;
  readonly #groups: readonly ShutdownGroup[];
  #running: Promise<void> | undefined;

  /** `workers` are those of the node's pods. */
  constructor(node: NodeContext, workers: () => Iterable<PodWorker>) {
    this.#node = node;
    this.#workers = workers;
    this.#groups = shutdownGroups(node.options.configuration);
  }

  /** Why the node is not ready, once it is going down. */
  get problem(): string | undefined {
    return this.#running && "node is shutting down";
  }

  /** Why it takes no pods in, once it is going down. */
  get refusal(): Refusal | undefined {
    return this.#running && { reason: "NodeShutdown", why: "Pod was rejected as the node is shutting down." };
  }

  /**
   * Ends all pods, the less important first. Resolves when they have ended or their time is over; at once when the
   * configuration gives them none.
   */
  run(): Promise<void> {
    if (this.#groups.length === 0) return Promise.resolve();
    this.#running ??= this.#run();
    return this.#running;
  }

  async #run(): Promise<void> {
    const { recorder, options, logger } = this.#node;
    logger.info({ groups: this.#groups }, "the node is shutting down: ending its pods");
    const node = { apiVersion: "v1", kind: "Node", metadata: { name: options.nodeName } };
    recorder.event(node, "Normal", "Shutdown", "Shutdown manager detected shutdown event");
    for (const group of this.#groups) await this.#end(group);
  }

  async #end(group: ShutdownGroup): Promise<void> {
    const { clock } = this.#node;
    const { shutdownGracePeriodSeconds: groupSeconds } = group;
    const untilMs = clock.monotonic() + groupSeconds * 1000;
    for (const worker of this.#lasting(group)) {
      const graceSeconds = Math.min(groupSeconds, worker.pod.spec?.terminationGracePeriodSeconds ?? groupSeconds);
      worker.endEarly({ reason: "Terminated", message, graceSeconds });
    }
    while (this.#lasting(group).length > 0 && clock.monotonic() < untilMs) await clock.sleep(lookMs);
  }

  /** Pods of a group that have not ended. */
  #lasting(group: ShutdownGroup): PodWorker[] {
    return [...this.#workers()].filter((worker) => worker.isAdmitted && groupOf(worker.pod, this.#groups) === group);
  }
}
