import type { Node } from "../../../gen/typernetes/core/v1/node.ts";
import type { Clock } from "../../../lib/base/clock.ts";

/** Nodes per second and zone whose pods begin to be evicted. */
const evictionsPerSecond = 0.1;
/** The same in a large zone much of which is lost; in a small one none are. */
const reducedEvictionsPerSecond = 0.01;
const largeZoneMin = 51;
const unhealthyShare = 0.55;

/** What may become of the pods of a lost node: evicted, left for now, or left for good as the fault seems to be here. */
export type Verdict = "evict" | "wait" | "spare";

/** Holds evictions back when so many nodes are lost that the fault is likely not theirs. */
export class EvictionGate {
  readonly #clock: Clock;
  /** The last node of each zone that was let through. */
  readonly #last = new Map<string, { node: string; atMs: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Decides on a node that is not ready; `nodes` are all, and `isWell` says which are. */
  judge(node: Node, nodes: readonly Node[], isWell: (node: Node) => boolean): Verdict {
    if (!nodes.some(isWell)) return "spare";
    const zone = zoneOf(node);
    const inZone = nodes.filter((other) => zoneOf(other) === zone);
    const rate = rateOf(inZone.length, inZone.filter((other) => !isWell(other)).length);
    const name = node.metadata?.name ?? "";
    const nowMs = this.#clock.monotonic();
    const last = this.#last.get(zone);
    if (last?.node === name) return "evict";
    if (rate === 0 || (last && nowMs - last.atMs < 1000 / rate)) return "wait";
    this.#last.set(zone, { node: name, atMs: nowMs });
    return "evict";
  }
}

function rateOf(nodes: number, lost: number): number {
  const partly = lost > 2 && lost < nodes && lost / nodes >= unhealthyShare;
  if (!partly) return evictionsPerSecond;
  return nodes >= largeZoneMin ? reducedEvictionsPerSecond : 0;
}

function zoneOf({ metadata }: Node): string {
  const labels = metadata?.labels ?? {};
  return `${labels["topology.kubernetes.io/region"] ?? ""}/${labels["topology.kubernetes.io/zone"] ?? ""}`;
}
