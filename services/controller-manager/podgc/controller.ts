import type { Node } from "../../../gen/typernetes/core/v1/node.ts";
import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import { rfc3339 } from "../../../lib/base/rfc3339.ts";
import { isStatusError } from "../../../lib/base/status-error.ts";
import type { Informer } from "../../../lib/client/informer.ts";
import type { Controller, ControllerContext, Enqueue, ReconcileResult } from "../../../lib/controller/controller.ts";
import { isPodFinished } from "../pods/pod-state.ts";

const sweepMs = 20_000;
/** A node has to be missing for this long before its pods go. */
const quarantineMs = 40_000;
/** How many ended pods are kept. */
const finishedPodsMax = 12_500;

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
    const doomed = new Set([
      ...this.#beyondNumber(pods),
      ...pods.filter((pod) => pod.metadata?.deletionTimestamp && !pod.spec?.nodeName),
      ...(await this.#orphaned(pods)),
    ]);
    for (const pod of doomed) {
      signal.throwIfAborted();
      await this.#remove(pod);
    }
    return { requeueAfterMs: sweepMs };
  }

  #beyondNumber(pods: Pod[]): Pod[] {
    const finished = pods.filter((pod) => isPodFinished(pod) && !pod.metadata?.deletionTimestamp);
    if (finished.length <= finishedPodsMax) return [];
    const created = (pod: Pod) => Date.parse(pod.metadata?.creationTimestamp ?? "") || 0;
    return finished.sort((left, right) => created(left) - created(right)).slice(0, finished.length - finishedPodsMax);
  }

  async #orphaned(pods: Pod[]): Promise<Pod[]> {
    const nowMs = this.#context.clock.monotonic();
    const byNode = new Map<string, Pod[]>();
    for (const pod of pods) {
      const name = pod.spec?.nodeName;
      if (name && !this.#nodes.lister.byKey(name)) byNode.set(name, [...(byNode.get(name) ?? []), pod]);
    }
    for (const name of this.#missingSinceMs.keys()) if (!byNode.has(name)) this.#missingSinceMs.delete(name);
    const orphaned: Pod[] = [];
    for (const [name, onNode] of byNode) {
      const since = this.#missingSinceMs.get(name) ?? nowMs;
      this.#missingSinceMs.set(name, since);
      if (nowMs - since >= quarantineMs && !(await this.#nodeExists(name))) orphaned.push(...onNode);
    }
    return orphaned;
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
  async #remove(pod: Pod): Promise<void> {
    const { namespace, name = "", uid } = pod.metadata ?? {};
    const { pods } = this.#context.client.core.v1;
    try {
      if (!isPodFinished(pod))
        await pods.updateStatus({ ...pod, status: failedStatus(pod, this.#context.clock.now()) });
      await pods.delete(name, { namespace, gracePeriodSeconds: 0, preconditions: { uid } });
      this.#context.logger.info({ pod: `${namespace}/${name}` }, "removed a pod that nobody ends");
    } catch (error) {
      if (!isStatusError(error, "NotFound", "Conflict")) throw error;
    }
  }
}

function failedStatus(pod: Pod, nowMs: number): Pod["status"] {
  const condition = {
    type: "DisruptionTarget",
    status: "True",
    reason: "DeletionByPodGC",
    message: "PodGC: node no longer exists",
    lastTransitionTime: rfc3339(nowMs),
  };
  const others = pod.status?.conditions?.filter((other) => other.type !== condition.type) ?? [];
  return { ...pod.status, phase: "Failed", conditions: pod.spec?.nodeName ? [...others, condition] : others };
}
