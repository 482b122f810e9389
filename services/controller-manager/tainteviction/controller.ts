import type { Node, Taint } from "../../../gen/typernetes/core/v1/node.ts";
import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import type { Toleration } from "../../../gen/typernetes/core/v1/reference.ts";
import { rfc3339 } from "../../../lib/base/rfc3339.ts";
import { isStatusError } from "../../../lib/base/status-error.ts";
import { type Informer, objectKey } from "../../../lib/client/informer.ts";
import type { Controller, ControllerContext, Enqueue, ReconcileResult } from "../../../lib/controller/controller.ts";

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
        if (noExecuteTaints(before).length + noExecuteTaints(after).length > 0) podsOf(after);
      },
    });
    const own = (pod: Pod) => {
      const node = this.#nodes.lister.byKey(pod.spec?.nodeName ?? "");
      if (node && noExecuteTaints(node).length > 0) enqueue(objectKey(pod));
    };
    this.#pods.addHandler({ added: own, updated: (_, after) => own(after) });
  }

  async reconcile(key: string, _signal: AbortSignal): Promise<ReconcileResult | void> {
    const pod = this.#pods.lister.byKey(key);
    if (!pod || pod.metadata?.deletionTimestamp) return;
    const node = this.#nodes.lister.byKey(pod.spec?.nodeName ?? "");
    if (!node) return;
    const remainingMs = toleratedForMs(pod.spec?.tolerations ?? [], noExecuteTaints(node), this.#context.clock.now());
    if (remainingMs === Number.POSITIVE_INFINITY) return;
    if (remainingMs > 0) return { requeueAfterMs: remainingMs };
    await this.#evict(pod);
  }

  async #evict(pod: Pod): Promise<void> {
    const { namespace, name = "", uid } = pod.metadata ?? {};
    const { pods } = this.#context.client.core.v1;
    this.#context.recorder.event(
      pod,
      "Normal",
      "TaintManagerEviction",
      `Marking for deletion Pod ${namespace}/${name}`,
    );
    const condition = {
      type: "DisruptionTarget",
      status: "True",
      reason: "DeletionByTaintManager",
      message: "Taint manager: deleting due to NoExecute taint",
      lastTransitionTime: rfc3339(this.#context.clock.now()),
    };
    const others = pod.status?.conditions?.filter((other) => other.type !== condition.type) ?? [];
    try {
      await pods.updateStatus({ ...pod, status: { ...pod.status, conditions: [...others, condition] } });
      await pods.delete(name, { namespace, preconditions: { uid } });
    } catch (error) {
      if (!isStatusError(error, "NotFound")) throw error;
    }
  }
}

function noExecuteTaints(node: Node): Taint[] {
  return node.spec?.taints?.filter((taint) => taint.effect === "NoExecute") ?? [];
}

/** How long a pod may stay: infinitely, or until the first tolerated taint's seconds are over; 0 when one is not tolerated. */
function toleratedForMs(tolerations: readonly Toleration[], taints: readonly Taint[], nowMs: number): number {
  let remainingMs = Number.POSITIVE_INFINITY;
  for (const taint of taints) {
    const matching = tolerations.filter((toleration) => tolerates(toleration, taint));
    if (matching.length === 0) return 0;
    const seconds = Math.min(...matching.map((toleration) => toleration.tolerationSeconds ?? Number.POSITIVE_INFINITY));
    const since = Date.parse(taint.timeAdded ?? "");
    remainingMs = Math.min(remainingMs, (Number.isNaN(since) ? 0 : since - nowMs) + Math.max(0, seconds) * 1000);
  }
  return remainingMs;
}

function tolerates(toleration: Toleration, taint: Taint): boolean {
  if (toleration.effect && toleration.effect !== taint.effect) return false;
  if (toleration.key && toleration.key !== taint.key) return false;
  if (toleration.operator === "Exists") return true;
  return toleration.key !== undefined && (toleration.value ?? "") === (taint.value ?? "");
}
