import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import type { Condition } from "../../../gen/typernetes/meta/v1/condition.ts";
import type { PodDisruptionBudget } from "../../../gen/typernetes/policy/v1/pod_disruption_budget.ts";
import { rfc3339 } from "../../../lib/base/rfc3339.ts";
import { isPodReady } from "../pods/pod-state.ts";

/** A pod that was let go and has not been deleted within this time stays after all. */
const deletionMsMax = 2 * 60_000;

type Status = NonNullable<PodDisruptionBudget["status"]>;

/** Pods that are about to be deleted: with when that was allowed, those that were not after all, and when to look again. */
export interface DisruptedPods {
  pending: Record<string, string>;
  overdue: Pod[];
  recheckAtMs: number | undefined;
}

/** Which of the pods that evictions were allowed for are still to go. */
export function disruptedPods(budget: PodDisruptionBudget, pods: readonly Pod[], nowMs: number): DisruptedPods {
  const result: DisruptedPods = { pending: {}, overdue: [], recheckAtMs: undefined };
  const recorded = budget.status?.disruptedPods ?? {};
  for (const pod of pods) {
    const name = pod.metadata?.name ?? "";
    const since = Object.hasOwn(recorded, name) ? recorded[name] : undefined;
    if (since === undefined || pod.metadata?.deletionTimestamp) continue;
    const deadline = Date.parse(since) + deletionMsMax;
    if (deadline < nowMs) {
      result.overdue.push(pod);
      continue;
    }
    result.pending[name] = since;
    result.recheckAtMs = Math.min(result.recheckAtMs ?? deadline, deadline);
  }
  return result;
}

/** How many pods are ready and will stay. */
export function countHealthy(pods: readonly Pod[], pending: Readonly<Record<string, string>>): number {
  const stays = (pod: Pod) => !pod.metadata?.deletionTimestamp && !Object.hasOwn(pending, pod.metadata?.name ?? "");
  return pods.filter((pod) => stays(pod) && isPodReady(pod)).length;
}

/** What has been counted. */
export interface BudgetCounts {
  expectedPods: number;
  desiredHealthy: number;
  currentHealthy: number;
  pending: Record<string, string>;
}

/** The status that follows from the counts. */
export function statusFrom(budget: PodDisruptionBudget, counts: BudgetCounts, nowMs: number): Status {
  const { expectedPods, desiredHealthy, currentHealthy, pending } = counts;
  const disruptionsAllowed = expectedPods <= 0 ? 0 : Math.max(0, currentHealthy - desiredHealthy);
  const isAllowed = disruptionsAllowed > 0;
  const verdict = { status: isAllowed ? "True" : "False", reason: isAllowed ? "SufficientPods" : "InsufficientPods" };
  return {
    observedGeneration: budget.metadata?.generation,
    disruptedPods: Object.keys(pending).length > 0 ? pending : undefined,
    ...{ disruptionsAllowed, currentHealthy, desiredHealthy, expectedPods },
    conditions: withCondition(budget, { ...verdict, message: "" }, nowMs),
  };
}

/** The status when counting failed: nothing may go. */
export function failedStatus(budget: PodDisruptionBudget, message: string, nowMs: number): Status {
  const verdict = { status: "False", reason: "SyncFailed", message };
  return { ...budget.status, disruptionsAllowed: 0, conditions: withCondition(budget, verdict, nowMs) };
}

function withCondition(
  budget: PodDisruptionBudget,
  verdict: { status: string; reason: string; message: string },
  nowMs: number,
): Condition[] {
  const type = "DisruptionAllowed";
  const existing = budget.status?.conditions ?? [];
  const before = existing.find((condition) => condition.type === type);
  const lastTransitionTime = before?.status === verdict.status ? before.lastTransitionTime : rfc3339(nowMs);
  const condition = { type, ...verdict, observedGeneration: budget.metadata?.generation, lastTransitionTime };
  return [...existing.filter((other) => other.type !== type), condition];
}
