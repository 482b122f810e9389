import type { Node } from "../../../gen/typernetes/core/v1/node.ts";
import { isConditionTrue } from "../../../lib/api/conditions.ts";
import { quantityMilliValue } from "../../../lib/base/quantity.ts";

const zoneLabel = "topology.kubernetes.io/zone";
/** Nodes with these labels do not count. */
const excludingLabels = ["node-role.kubernetes.io/control-plane", "node-role.kubernetes.io/master"];

/** What part of the processors that pods may use each zone has, of all ready nodes; empty where that cannot be told. */
export type ZoneCapacity = ReadonlyMap<string, number>;

/** Cannot be told where a node that counts has no zone or no processors, nor where there is but one zone. */
export function zoneCapacity(nodes: Iterable<Node>): ZoneCapacity {
  const byZone = new Map<string, number>();
  let total = 0;
  for (const node of nodes) {
    if (!counts(node)) continue;
    const { zone, milliCpu } = partOf(node);
    if (!zone || milliCpu === 0) return new Map();
    byZone.set(zone, (byZone.get(zone) ?? 0) + milliCpu);
    total += milliCpu;
  }
  if (byZone.size < 2) return new Map();
  return new Map([...byZone].sort().map(([zone, milliCpu]) => [zone, milliCpu / total]));
}

/** Whether a node's change can change the capacity. */
export function affectsCapacity(before: Node, after: Node): boolean {
  const [left, right] = [before, after].map((node) => JSON.stringify([counts(node), partOf(node)]));
  return left !== right;
}

function counts({ metadata, status }: Node): boolean {
  const isExcluded = excludingLabels.some((label) => metadata?.labels?.[label] !== undefined);
  return !isExcluded && isConditionTrue(status?.conditions, "Ready");
}

function partOf({ metadata, status }: Node): { zone: string; milliCpu: number } {
  return {
    zone: metadata?.labels?.[zoneLabel] ?? "",
    milliCpu: quantityMilliValue(status?.allocatable?.["cpu"] ?? "0"),
  };
}
