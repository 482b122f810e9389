import type { Node } from "../../../gen/typernetes/core/v1/node.ts";
import { formatAddress, parseAddress } from "../../../lib/api/ip-address.ts";
import { isStatusError } from "../../../lib/base/status-error.ts";
import { type Informer, objectKey } from "../../../lib/client/informer.ts";
import type { Controller, ControllerContext, Enqueue } from "../../../lib/controller/controller.ts";

const nodePrefix = 24;

/** Gives nodes that bring none a range for their pods, out of the cluster's; does nothing where that is empty. */
export function createNodeIpamController(context: ControllerContext, clusterCIDR: string): Controller {
  return new NodeIpamController(context, clusterCIDR === "" ? [] : subRanges(clusterCIDR));
}

class NodeIpamController implements Controller {
  readonly name = "node-ipam-controller";
  /** One range must not be given twice. */
  readonly workers = 1;
  readonly #context: ControllerContext;
  readonly #ranges: readonly string[];
  readonly #nodes: Informer<Node>;
  /** Which node has which range, what the cache does not show yet included. */
  readonly #taken = new Map<string, string>();

  constructor(context: ControllerContext, ranges: readonly string[]) {
    this.#context = context;
    this.#ranges = ranges;
    this.#nodes = context.informers.informer(context.client.core.v1.nodes);
  }

  setUp(enqueue: Enqueue): void {
    if (this.#ranges.length === 0) return;
    const own = (node: Node) => {
      if (node.spec?.podCIDR) this.#taken.set(node.spec.podCIDR, objectKey(node));
      else enqueue(objectKey(node));
    };
    this.#nodes.addHandler({
      added: own,
      updated: (_, after) => own(after),
      deleted: (node) => {
        for (const [range, holder] of this.#taken) if (holder === objectKey(node)) this.#taken.delete(range);
        for (const other of this.#nodes.lister.list()) if (!other.spec?.podCIDR) enqueue(objectKey(other));
      },
    });
  }

  async reconcile(key: string, _signal: AbortSignal): Promise<void> {
    const node = this.#nodes.lister.byKey(key);
    if (!node || node.spec?.podCIDR) return;
    const podCIDR = this.#ranges.find((range) => (this.#taken.get(range) ?? key) === key);
    if (podCIDR === undefined) {
      const message = `Node ${key} status is now: CIDRNotAvailable`;
      this.#context.recorder.event(node, "Normal", "CIDRNotAvailable", message);
      return;
    }
    this.#taken.set(podCIDR, key);
    try {
      await this.#context.client.core.v1.nodes.patch(key, { spec: { podCIDR, podCIDRs: [podCIDR] } });
    } catch (error) {
      this.#taken.delete(podCIDR);
      if (!isStatusError(error, "NotFound")) throw error;
    }
  }
}

/** @throws RangeError when the text is no IPv4 range that has room for a node. */
function subRanges(text: string): string[] {
  const [base = "", prefix = ""] = text.split("/");
  const bytes = parseAddress(base);
  const length = /^\d+$/.test(prefix) ? Number(prefix) : 99;
  if (bytes?.length !== 4 || length > nodePrefix || length < 8)
    throw new RangeError(`${text} is no IPv4 range between /8 and /${nodePrefix}`);
  const step = 2 ** (32 - nodePrefix);
  const whole = 2 ** (32 - length);
  const number = bytes.reduce((sum, byte) => sum * 256 + byte, 0);
  const first = Math.floor(number / whole) * whole;
  return Array.from({ length: whole / step }, (_, index) => {
    const start = first + index * step;
    const text = formatAddress(Uint8Array.from([24, 16, 8, 0].map((shift) => Math.floor(start / 2 ** shift) % 256)));
    return `${text}/${nodePrefix}`;
  });
}
