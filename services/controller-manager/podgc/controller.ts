import type { Node } from "../../../gen/typernetes/core/v1/node.ts";
import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import { isStatusError } from "../../../lib/base/status-error.ts";
import { type Informer, objectKey } from "../../../lib/client/informer.ts";
import type { Controller, ControllerContext, Enqueue, ReconcileResult } from "../../../lib/controller/controller.ts";
import { isNodeReady } from "../nodelifecycle/node-conditions.ts";
import { type Disruption, disruptionTarget, patchPodStatus } from "../pods/disruption.ts";
import { isPodFinished } from "../pods/pod-state.ts";
import { excessFinished } from "./excess-finished.ts";

const sweepMs = 20_000;
/** A node has to be missing for this long before its pods go. */
const quarantineMs = 40_000;
/** How many ended pods are kept. */
const finishedPodsMax = 12_500;
const outOfServiceTaint = "node.kubernetes.io/out-of-service";
const nodeGone: Disruption = { reason: "DeletionByPodGC", message: "PodGC: node no longer exists" };

/** Removes pods that nobody else will: of nodes that are gone, unscheduled ones being deleted, and ended ones beyond a number. */
export function createPodGarbageCollector(context: ControllerContext): Controller {
  return new PodGarbageCollector(context);
}

class PodGarbageCollector implements Controller {
  readonly name = "pod-garbage-collector-controller";
  readonly #context: ControllerContext;
  readonly #pods: Informer<Pod>;
  readonly #nodes: Informer<Node>;
  /** When a node was first found missing. */
  readonly #missingSinceMs = new Map<string, number>();

  constructor(context: ControllerContext) {
    this.#context = context;
    this.#pods = context.informers.informer(context.client.core.v1.pods);
    this.#nodes = context.informers.informer(context.client.core.v1.nodes);
  }

  setUp(enqueue: Enqueue): void {
    enqueue("sweep");
    this.#nodes.addHandler({ deleted: () => enqueue("sweep") });
  }

  async reconcile(_key: string, signal: AbortSignal): Promise<ReconcileResult> {
    const pods = this.#pods.lister.list();
    for (const pod of excessFinished(pods, finishedPodsMax)) await this.#remove(pod, signal);
    for (const pod of await this.#orphaned(pods)) await this.#remove(pod, signal, nodeGone);
    for (const pod of pods) if (this.#isForsaken(pod)) await this.#remove(pod, signal);
    return { requeueAfterMs: sweepMs };
  }

  /** Whether nobody will end a pod that is being deleted: it has no node, or one that is down for good. */
  #isForsaken({ metadata, spec }: Pod): boolean {
    if (!metadata?.deletionTimestamp) return false;
    if (!spec?.nodeName) return true;
    const node = this.#nodes.lister.byKey(spec.nodeName);
    if (!node || isNodeReady(node)) return false;
    return node.spec?.taints?.some(({ key }) => key === outOfServiceTaint) ?? false;
  }

  async #orphaned(pods: Pod[]): Promise<Pod[]> {
    const homeless = pods.filter(({ spec }) => spec?.nodeName && !this.#nodes.lister.byKey(spec.nodeName));
    const missing = new Set(homeless.map((pod) => pod.spec?.nodeName ?? ""));
    const gone = new Set<string>();
    const nowMs = this.#context.clock.monotonic();
    for (const name of this.#missingSinceMs.keys()) if (!missing.has(name)) this.#missingSinceMs.delete(name);
    for (const name of missing) {
      const since = this.#missingSinceMs.get(name) ?? nowMs;
      this.#missingSinceMs.set(name, since);
      if (nowMs - since >= quarantineMs && !(await this.#nodeExists(name))) gone.add(name);
    }
    return homeless.filter((pod) => gone.has(pod.spec?.nodeName ?? ""));
  }

  async #nodeExists(name: string): Promise<boolean> {
    try {
      await this.#context.client.core.v1.nodes.get(name);
      return true;
    } catch (error) {
      if (isStatusError(error, "NotFound")) return false;
      throw error;
    }
  }

  /** Nobody ends these pods: they are marked failed, then removed at once. */
  async #remove(pod: Pod, signal: AbortSignal, disruption?: Disruption): Promise<void> {
    signal.throwIfAborted();
    const { namespace, name = "", uid } = pod.metadata ?? {};
    const { client, clock, logger } = this.#context;
    const conditions = disruption && [disruptionTarget(disruption, clock.now())];
    try {
      if (!isPodFinished(pod)) await patchPodStatus(this.#context, pod, { phase: "Failed", conditions });
      await client.core.v1.pods.delete(name, { namespace, gracePeriodSeconds: 0, preconditions: { uid } });
      logger.info({ pod: objectKey(pod) }, "removed a pod that nobody ends");
    } catch (error) {
      if (!isStatusError(error, "NotFound", "Conflict")) throw error;
    }
  }
}
