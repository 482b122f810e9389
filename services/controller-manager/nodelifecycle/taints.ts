import type { Node, Taint } from "../../../gen/typernetes/core/v1/node.ts";
import { rfc3339 } from "../../../lib/base/rfc3339.ts";
import type { Verdict } from "./eviction-gate.ts";
import { readyCondition } from "./node-conditions.ts";

const notReadyTaint = "node.kubernetes.io/not-ready";
const unreachableTaint = "node.kubernetes.io/unreachable";
const unschedulableTaint = "node.kubernetes.io/unschedulable";

/** Conditions that keep new pods away while they are true. */
const conditionTaints: [type: string, taint: string][] = [
  ["MemoryPressure", "node.kubernetes.io/memory-pressure"],
  ["DiskPressure", "node.kubernetes.io/disk-pressure"],
  ["PIDPressure", "node.kubernetes.io/pid-pressure"],
  ["NetworkUnavailable", "node.kubernetes.io/network-unavailable"],
];

const managedNoSchedule = new Set([
  notReadyTaint,
  unreachableTaint,
  unschedulableTaint,
  ...conditionTaints.map(([, taint]) => taint),
]);

/**
 * The node's taints as its conditions demand; undefined when they are so already. `judge` is asked when the node's pods are to
 * be evicted and are not yet.
 */
export function taintsFor(node: Node, nowMs: number, judge: () => Verdict): Taint[] | undefined {
  const present = node.spec?.taints ?? [];
  const wanted = [...noSchedule(node), ...noExecute(node, judge)];
  const isWanted = (taint: Taint) => wanted.some((other) => sameTaint(other, taint));
  const kept = present.filter((taint) => !isManaged(taint) || isWanted(taint));
  const missing = wanted.filter((taint) => !present.some((other) => sameTaint(other, taint)));
  if (missing.length === 0 && kept.length === present.length) return undefined;
  return [...kept, ...missing.map((taint) => ({ ...taint, timeAdded: rfc3339(nowMs) }))];
}

function noSchedule(node: Node): Taint[] {
  const keys: string[] = [];
  const ready = readyCondition(node)?.status;
  // A node that has not yet said how it is gets no pods either.
  if (ready === undefined || ready === "False") keys.push(notReadyTaint);
  else if (ready !== "True") keys.push(unreachableTaint);
  for (const [type, key] of conditionTaints)
    if (node.status?.conditions?.some((it) => it.type === type && it.status === "True")) keys.push(key);
  if (node.spec?.unschedulable) keys.push(unschedulableTaint);
  return keys.map((key) => ({ key, effect: "NoSchedule" }));
}

function noExecute(node: Node, judge: () => Verdict): Taint[] {
  const ready = readyCondition(node)?.status;
  if (ready === undefined || ready === "True") return [];
  const present = (node.spec?.taints ?? []).some((taint) => taint.effect === "NoExecute" && isManaged(taint));
  const verdict = judge();
  if (verdict === "spare" || (verdict === "wait" && !present)) return [];
  return [{ key: ready === "False" ? notReadyTaint : unreachableTaint, effect: "NoExecute" }];
}

function isManaged({ key = "", effect }: Taint): boolean {
  if (effect === "NoExecute") return key === notReadyTaint || key === unreachableTaint;
  return effect === "NoSchedule" && managedNoSchedule.has(key);
}

function sameTaint(left: Taint, right: Taint): boolean {
  return left.key === right.key && left.effect === right.effect;
}
