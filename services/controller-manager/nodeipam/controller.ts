import type { Node } from "../../../gen/typernetes/core/v1/node.ts";
import { formatAddress, parseRange } from "../../../lib/api/ip-address.ts";
import { isStatusError } from "../../../lib/base/status-error.ts";
import { type Informer, objectKey } from "../../../lib/client/informer.ts";
import type { Controller, ControllerContext, Enqueue } from "../../../lib/controller/controller.ts";

/** By how many bytes an address has. */
const nodePrefixes: Readonly<Record<number, number>> = { 4: 24, 16: 64 };
/** Larger ranges are used up to this many nodes. */
const nodesMax = 65_536;

/** Gives nodes that bring none a range for their pods, out of the cluster's: one of each family that `a,b` has; does nothing where that is empty. */
export function createNodeIpamController(context: ControllerContext, clusterCIDR: string): Controller {
  return new NodeIpamController(context, clusterCIDR === "" ? [] : nodeRanges(clusterCIDR));
}

class NodeIpamController implements Controller {
  readonly name = "node-ipam-controller";
  /** One range must not be given twice. */
  readonly workers = 1;
  readonly #context: ControllerContext;
  /** The ranges of one node after the other. */
  readonly #ranges: readonly string[][];
  readonly #nodes: Informer<Node>;
  /** Which node has which range, what the cache does not show yet included. */
  readonly #taken = new Map<string, string>();

  constructor(context: ControllerContext, ranges: readonly string[][]) {
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
    const podCIDRs = this.#ranges.find(([range = ""]) => (this.#taken.get(range) ?? key) === key);
    const [podCIDR] = podCIDRs ?? [];
    if (podCIDR === undefined) {
      const message = `Node ${key} status is now: CIDRNotAvailable`;
      this.#context.recorder.event(node, "Normal", "CIDRNotAvailable", message);
      return;
    }
    this.#taken.set(podCIDR, key);
    try {
      await this.#context.client.core.v1.nodes.patch(key, { spec: { podCIDR, podCIDRs } });
    } catch (error) {
      this.#taken.delete(podCIDR);
      if (!isStatusError(error, "NotFound")) throw error;
    }
  }
}

/** @throws RangeError when the text is no range, or two, with room for a node. */
function nodeRanges(text: string): string[][] {
  const families = text.split(",").map(subRanges);
  const count = Math.min(...families.map((ranges) => ranges.length));
  return Array.from({ length: count }, (_, index) => families.flatMap((ranges) => ranges[index] ?? []));
}

function subRanges(text: string): string[] {
  const range = parseRange(text);
  const bytes = range?.address.length ?? 0;
  const nodePrefix = nodePrefixes[bytes] ?? 0;
  if (!range || range.prefixLength > nodePrefix || range.prefixLength < 8)
    throw new RangeError(`${text} is no range between /8 and /24, or /64 of IPv6`);
  const first = range.address.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
  const step = 1n << BigInt(bytes * 8 - nodePrefix);
  return Array.from({ length: Math.min(2 ** (nodePrefix - range.prefixLength), nodesMax) }, (_, index) => {
    const start = first + BigInt(index) * step;
    const octets = Array.from({ length: bytes }, (_, at) => Number((start >> BigInt(8 * (bytes - 1 - at))) & 255n));
    return `${formatAddress(Uint8Array.from(octets))}/${nodePrefix}`;
  });
}
