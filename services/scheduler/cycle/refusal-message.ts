import type { Refusals } from "./select-node.ts";

/** What came of the attempts to make room for a pod that fits nowhere. */
export interface Attempts {
  /** Of preempting other pods; empty when that helps. */
  preemption: string;
  /** Whether there were claims of devices that could be taken away. */
  hasDeviceClaims: boolean;
}

/** As in events and conditions: `0/3 nodes are available: 1 Insufficient cpu, 2 node(s) were unschedulable.`, and what was tried. */
export function refusalMessage(
  refusals: Pick<Refusals, "nodes" | "everywhere" | "byReason">,
  { preemption, hasDeviceClaims }: Attempts = { preemption: "", hasDeviceClaims: false },
): string {
  const { nodes, everywhere, byReason } = refusals;
  if (nodes === 0 && everywhere === undefined) return "no nodes available to schedule pods";
  const reasons =
    everywhere ??
    [...byReason]
      .map(([reason, count]) => `${count} ${reason}`)
      .sort()
      .join(", ");
  const message = `0/${nodes} nodes are available: ${reasons}.`;
  if (!preemption) return message;
  if (everywhere !== undefined) return `${message} preemption: ${preemption}`;
  const claims = hasDeviceClaims ? "still not schedulable" : "no new claims to deallocate";
  return `${message} ${claims}, preemption: ${preemption}`;
}
