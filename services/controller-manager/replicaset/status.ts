import type { ReplicaSet, ReplicaSetCondition, ReplicaSetStatus } from "../../../gen/typernetes/apps/v1/replica_set.ts";
import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import { deepEqual } from "../../../lib/api/deep.ts";
import { rfc3339 } from "../../../lib/base/rfc3339.ts";
import type { Client } from "../../../lib/client/client.ts";
import { messageOf } from "../failures.ts";
import { isPodAvailable, isPodReady } from "../pods/pod-state.ts";

/** What is seen of a replica set's pods that neither ended nor end. */
export function replicaSetStatus(
  set: ReplicaSet,
  active: readonly Pod[],
  failure: unknown,
  nowMs: number,
): ReplicaSetStatus {
  const templateLabels = Object.entries(set.spec?.template?.metadata?.labels ?? {});
  const minReadySeconds = set.spec?.minReadySeconds ?? 0;
  const count = (test: (pod: Pod) => boolean) => active.filter(test).length;
  return {
    replicas: active.length,
    fullyLabeledReplicas: count((pod) => templateLabels.every(([key, value]) => pod.metadata?.labels?.[key] === value)),
    readyReplicas: count(isPodReady),
    availableReplicas: count((pod) => isPodAvailable(pod, minReadySeconds, nowMs)),
    observedGeneration: set.metadata?.generation,
    conditions: conditionsAfter(set, active.length, failure, nowMs),
  };
}

/** A failure is told once: its words may differ from try to try, and each write would be cause for another. */
function conditionsAfter(
  set: ReplicaSet,
  active: number,
  failure: unknown,
  nowMs: number,
): ReplicaSetCondition[] | undefined {
  const conditions = set.status?.conditions ?? [];
  const others = conditions.filter(({ type }) => type !== "ReplicaFailure");
  if (failure === undefined) return others;
  if (others.length < conditions.length) return conditions;
  const reason = active < (set.spec?.replicas ?? 1) ? "FailedCreate" : "FailedDelete";
  const lastTransitionTime = rfc3339(nowMs);
  return [
    ...others,
    { type: "ReplicaFailure", status: "True", reason, message: messageOf(failure), lastTransitionTime },
  ];
}

/** Writes the status where it differs; answers the set as the server has it. */
export async function writeStatus(client: Client, set: ReplicaSet, status: ReplicaSetStatus): Promise<ReplicaSet> {
  if (deepEqual(withoutEmpty(set.status ?? {}), withoutEmpty(status))) return set;
  return client.apps.v1.replicasets.updateStatus({ ...set, status });
}

/** Zero, empty and absent are the same to a reader of the status. */
function withoutEmpty(status: ReplicaSetStatus): object {
  const isEmpty = (value: unknown) =>
    value === undefined || value === 0 || (Array.isArray(value) && value.length === 0);
  return Object.fromEntries(Object.entries(status).filter(([, value]) => !isEmpty(value)));
}
