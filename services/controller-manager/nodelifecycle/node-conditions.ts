import type { Node, NodeCondition } from "../../../gen/typernetes/core/v1/node.ts";
import { rfc3339 } from "../../../lib/base/rfc3339.ts";

/** Conditions that nobody knows when the node is silent. */
const reportedConditions = ["Ready", "MemoryPressure", "DiskPressure", "PIDPressure"];

export function readyCondition(node: Node): NodeCondition | undefined {
  return node.status?.conditions?.find((condition) => condition.type === "Ready");
}

export function isNodeReady(node: Node): boolean {
  return readyCondition(node)?.status === "True";
}

/** The conditions of a node that has fallen silent; undefined when they are so already. */
export function unknownConditions(node: Node, nowMs: number): NodeCondition[] | undefined {
  const before = node.status?.conditions ?? [];
  const known = (type: string) => before.find((condition) => condition.type === type);
  if (reportedConditions.every((type) => known(type)?.status === "Unknown")) return undefined;
  const others = before.filter(({ type }) => !reportedConditions.includes(type ?? ""));
  return [...others, ...reportedConditions.map((type) => unknownCondition(node, known(type), type, nowMs))];
}

function unknownCondition(node: Node, before: NodeCondition | undefined, type: string, nowMs: number): NodeCondition {
  if (before?.status === "Unknown") return before;
  const lastTransitionTime = rfc3339(nowMs);
  if (!before) {
    return {
      type,
      status: "Unknown",
      reason: "NodeStatusNeverUpdated",
      message: "Kubelet never posted node status.",
      lastHeartbeatTime: node.metadata?.creationTimestamp,
      lastTransitionTime,
    };
  }
  const message = "Kubelet stopped posting node status.";
  return { ...before, status: "Unknown", reason: "NodeStatusUnknown", message, lastTransitionTime };
}
