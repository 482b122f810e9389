import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import { age, ageColumn, none, textColumn } from "../columns.ts";
import type { Column } from "../strategy.ts";
import { podSummary } from "./summary.ts";

/** What is printed of a pod. */
export const podColumns: readonly Column<Pod>[] = [
  textColumn("Ready", "How many of the pod's containers are ready, of how many.", (pod) => {
    const { ready, total } = podSummary(pod);
    return `${ready}/${total}`;
  }),
  textColumn("Status", "What the pod is doing, or why it is not doing it.", (pod) => podSummary(pod).reason),
  textColumn("Restarts", "How often containers of the pod were restarted, and when last.", (pod, nowMs) => {
    const { restarts, lastRestart } = podSummary(pod);
    return restarts > 0 && lastRestart ? `${restarts} (${age(lastRestart, nowMs)} ago)` : String(restarts);
  }),
  ageColumn,
  textColumn("IP", "Address of the pod.", (pod) => pod.status?.podIPs?.[0]?.ip || pod.status?.podIP || none, 1),
  textColumn("Node", "Node that the pod runs on.", (pod) => pod.spec?.nodeName || none, 1),
  textColumn(
    "Nominated Node",
    "Node that is being cleared for the pod.",
    (pod) => pod.status?.nominatedNodeName || none,
    1,
  ),
  textColumn("Readiness Gates", "How many of the pod's readiness gates are open, of how many.", readinessGates, 1),
];

function readinessGates(pod: Pod): string {
  const gates = pod.spec?.readinessGates ?? [];
  if (gates.length === 0) return none;
  const conditions = pod.status?.conditions ?? [];
  const open = gates.filter((gate) =>
    conditions.some((condition) => condition.type === gate.conditionType && condition.status === "True"),
  );
  return `${open.length}/${gates.length}`;
}
