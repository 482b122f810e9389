import type { Node } from "../../../gen/typernetes/core/v1/node.ts";
import { isStatusError } from "../../../lib/base/status-error.ts";
import { type Informer, objectKey } from "../../../lib/client/informer.ts";
import type { Controller, ControllerContext, Enqueue } from "../../../lib/controller/controller.ts";

const annotation = "node.alpha.kubernetes.io/ttl";
/** From how many nodes on which seconds hold; back only where the cluster has become clearly smaller. */
const steps = [
  { from: 0, backBelow: 0, seconds: 0 },
  { from: 101, backBelow: 90, seconds: 15 },
  { from: 501, backBelow: 450, seconds: 30 },
  { from: 1_001, backBelow: 900, seconds: 60 },
  { from: 2_001, backBelow: 1_800, seconds: 300 },
];

/** Tells kubelets for how long they may keep secrets and config maps, the longer the more nodes there are. */
export function createTtlController(context: ControllerContext): Controller {
  return new TtlController(context);
}

class TtlController implements Controller {
  readonly name = "ttl-controller";
  readonly workers = 5;
  readonly #context: ControllerContext;
  readonly #nodes: Informer<Node>;
  #step = 0;

  constructor(context: ControllerContext) {
    this.#context = context;
    this.#nodes = context.informers.informer(context.client.core.v1.nodes);
  }

  setUp(enqueue: Enqueue): void {
    const own = (node: Node) => {
      this.#adjust();
      if (node.metadata?.annotations?.[annotation] !== this.#seconds()) enqueue(objectKey(node));
    };
    this.#nodes.addHandler({ added: own, updated: (_, after) => own(after), deleted: () => this.#adjust() });
  }

  async reconcile(key: string, _signal: AbortSignal): Promise<void> {
    const node = this.#nodes.lister.byKey(key);
    if (!node || node.metadata?.annotations?.[annotation] === this.#seconds()) return;
    try {
      await this.#context.client.core.v1.nodes.patch(key, {
        metadata: { annotations: { [annotation]: this.#seconds() } },
      });
    } catch (error) {
      if (!isStatusError(error, "NotFound")) throw error;
    }
  }

  #seconds(): string {
    return String(steps[this.#step]?.seconds ?? 0);
  }

  #adjust(): void {
    const { size } = this.#nodes.lister;
    while (size >= (steps[this.#step + 1]?.from ?? Number.POSITIVE_INFINITY)) this.#step++;
    while (this.#step > 0 && size < (steps[this.#step]?.backBelow ?? 0)) this.#step--;
  }
}
