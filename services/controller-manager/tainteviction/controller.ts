import type { Node } from "../../../gen/typernetes/core/v1/node.ts";
import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import { deepEqual } from "../../../lib/api/deep.ts";
import { isStatusError } from "../../../lib/base/status-error.ts";
import { type Informer, objectKey } from "../../../lib/client/informer.ts";
import type { Controller, ControllerContext, Enqueue, ReconcileResult } from "../../../lib/controller/controller.ts";
import { disruptionTarget, patchPodStatus } from "../pods/disruption.ts";
import { noExecuteTaints, toleratedMs } from "./tolerated-time.ts";

const disruption = { reason: "DeletionByTaintManager", message: "Taint manager: deleting due to NoExecute taint" };

/** Deletes pods from nodes with NoExecute taints that they do not tolerate, at once or when their toleration runs out. */
export function createTaintEvictionController(context: ControllerContext): Controller {
  return new TaintEvictionController(context);
}

class TaintEvictionController implements Controller {
  readonly name = "taint-eviction-controller";
  readonly workers = 4;
  readonly #context: ControllerContext;
  readonly #nodes: Informer<Node>;
  readonly #pods: Informer<Pod>;
  /** Since when a pod, by its uid, stays only as long as its tolerations allow. */
  readonly #sinceMs = new Map<string, number>();

  constructor(context: ControllerContext) {
    this.#context = context;
    this.#nodes = context.informers.informer(context.client.core.v1.nodes);
    this.#pods = context.informers.informer(context.client.core.v1.pods);
    this.#pods.addIndex("node", (pod) => [pod.spec?.nodeName ?? ""]);
  }

  setUp(enqueue: Enqueue): void {
    const podsOf = (node: Node) => {
      for (const pod of this.#pods.lister.byIndex("node", node.metadata?.name ?? "")) enqueue(objectKey(pod));
    };
    this.#nodes.addHandler({
      added: (node) => {
        if (noExecuteTaints(node).length > 0) podsOf(node);
      },
      updated: (before, after) => {
        if (!deepEqual(noExecuteTaints(before), noExecuteTaints(after))) podsOf(after);
      },
    });
    const own = (pod: Pod) => {
      const node = this.#nodes.lister.byKey(pod.spec?.nodeName ?? "");
      if (node && noExecuteTaints(node).length > 0) enqueue(objectKey(pod));
    };
    this.#pods.addHandler({
      added: own,
      updated: (_, after) => own(after),
      deleted: (pod) => this.#sinceMs.delete(pod.metadata?.uid ?? ""),
    });
  }

  async reconcile(key: string, _signal: AbortSignal): Promise<ReconcileResult | void> {
    const pod = this.#pods.lister.byKey(key);
    if (!pod || pod.metadata?.deletionTimestamp) return;
    const node = this.#nodes.lister.byKey(pod.spec?.nodeName ?? "");
    const staysMs = node ? toleratedMs(pod.spec?.tolerations ?? [], noExecuteTaints(node)) : Number.POSITIVE_INFINITY;
    if (staysMs === Number.POSITIVE_INFINITY) return this.#spare(pod);
    const nowMs = this.#context.clock.monotonic();
    const uid = pod.metadata?.uid ?? "";
    const sinceMs = this.#sinceMs.get(uid) ?? nowMs;
    this.#sinceMs.set(uid, sinceMs);
    const remainingMs = sinceMs + staysMs - nowMs;
    if (remainingMs > 0) return { requeueAfterMs: remainingMs };
    await this.#evict(pod);
  }

  #spare(pod: Pod): void {
    if (!this.#sinceMs.delete(pod.metadata?.uid ?? "")) return;
    this.#tell(pod, `Cancelling deletion of Pod ${objectKey(pod)}`);
  }

  async #evict(pod: Pod): Promise<void> {
    const { namespace, name = "", uid } = pod.metadata ?? {};
    try {
      const condition = disruptionTarget(disruption, this.#context.clock.now());
      await patchPodStatus(this.#context, pod, { conditions: [condition] });
      await this.#context.client.core.v1.pods.delete(name, { namespace, preconditions: { uid } });
      this.#tell(pod, `Marking for deletion Pod ${objectKey(pod)}`);
    } catch (error) {
      if (!isStatusError(error, "NotFound", "Conflict")) throw error;
    }
  }

  #tell(pod: Pod, message: string): void {
    this.#context.recorder.event(pod, "Normal", "TaintManagerEviction", message);
  }
}
