import type { Refusals } from "./select-node.ts";

/**
 * As in events and conditions: `0/3 nodes are available: 1 Insufficient cpu, 2 node(s) were unschedulable.`, and what came of
 * the attempt to make room.
 */
export function refusalMessage(refusals: Pick<Refusals, "nodes" | "everywhere" | "byReason">, preemption = ""): string {
  const { nodes, everywhere, byReason } = refusals;
  if (nodes === 0 && everywhere === undefined) return "no nodes available to schedule pods";
  const reasons =
    everywhere ??
    [...byReason]
      .map(([reason, count]) => `${count} ${reason}`)
      .sort()
      .join(", ");
  const message = `0/${nodes} nodes are available: ${reasons}.`;
  return preemption ? `${message} preemption: ${preemption}` : message;
}
