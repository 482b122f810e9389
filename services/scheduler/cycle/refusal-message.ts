import type { Refusals } from "./select-node.ts";

/** As in events and conditions: `0/3 nodes are available: 1 Insufficient cpu, 2 node(s) were unschedulable.` */
export function refusalMessage(refusals: Refusals): string {
  if (refusals.nodes === 0) return "no nodes available to schedule pods";
  const reasons = [...refusals.byReason].map(([reason, count]) => `${count} ${reason}`).sort();
  return `0/${refusals.nodes} nodes are available: ${reasons.join(", ")}.`;
}
