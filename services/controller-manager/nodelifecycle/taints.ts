import type { Node, Taint } from "../../../gen/typernetes/core/v1/node.ts";
import { rfc3339 } from "../../../lib/base/rfc3339.ts";

const notReadyTaint = "node.kubernetes.io/not-ready";
const unreachableTaint = "node.kubernetes.io/unreachable";

/** Conditions that keep new pods away, with the status that does and the taint. */
const pressureTaints: [type: string, status: string, taint: string][] = [
  ["MemoryPressure", "True", "node.kubernetes.io/memory-pressure"],
  ["DiskPressure", "True", "node.kubernetes.io/disk-pressure"],
  ["PIDPressure", "True", "node.kubernetes.io/pid-pressure"],
  ["NetworkUnavailable", "True", "node.kubernetes.io/network-unavailable"],
];

const managedTaints = new Set([
  notReadyTaint,
  unreachableTaint,
  "node.kubernetes.io/unschedulable",
  ...pressureTaints.map(([, , taint]) => taint),
]);

/** The node's taints as its conditions demand; undefined when they are so already. */
export function taintsFor(node: Node, nowMs: number): Taint[] | undefined {
  const wanted = wantedTaints(node);
  const present = node.spec?.taints ?? [];
  const kept = present.filter(
    (taint) => !managedTaints.has(taint.key ?? "") || wanted.some((other) => sameTaint(other, taint)),
  );
  const missing = wanted.filter((taint) => !present.some((other) => sameTaint(other, taint)));
  if (missing.length === 0 && kept.length === present.length) return undefined;
  const timeAdded = rfc3339(nowMs);
  return [...kept, ...missing.map((taint) => (taint.effect === "NoExecute" ? { ...taint, timeAdded } : taint))];
}

function wantedTaints(node: Node): Taint[] {
  const status = (type: string) => node.status?.conditions?.find((condition) => condition.type === type)?.status;
  const taints: Taint[] = [];
  const ready = status("Ready");
  if (ready === "False")
    taints.push({ key: notReadyTaint, effect: "NoSchedule" }, { key: notReadyTaint, effect: "NoExecute" });
  else if (ready !== "True")
    taints.push({ key: unreachableTaint, effect: "NoSchedule" }, { key: unreachableTaint, effect: "NoExecute" });
  for (const [type, bad, key] of pressureTaints) if (status(type) === bad) taints.push({ key, effect: "NoSchedule" });
  if (node.spec?.unschedulable) taints.push({ key: "node.kubernetes.io/unschedulable", effect: "NoSchedule" });
  return taints;
}

function sameTaint(left: Taint, right: Taint): boolean {
  return left.key === right.key && left.effect === right.effect;
}
