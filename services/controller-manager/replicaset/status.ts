import type { ReplicaSet, ReplicaSetCondition, ReplicaSetStatus } from "../../../gen/typernetes/apps/v1/replica_set.ts";
import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import { deepEqual } from "../../../lib/api/deep.ts";
import { rfc3339 } from "../../../lib/base/rfc3339.ts";
import type { Client } from "../../../lib/client/client.ts";
import { isPodAvailable, isPodFinished, isPodReady } from "../pods/pod-state.ts";

/** What is seen of a replica set's pods: `active` count, `all` also holds those that end. */
export function replicaSetStatus(
  set: ReplicaSet,
  active: readonly Pod[],
  all: readonly Pod[],
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
    terminatingReplicas: all.filter((pod) => pod.metadata?.deletionTimestamp && !isPodFinished(pod)).length,
    observedGeneration: set.metadata?.generation,
    conditions: conditionsAfter(set, active.length, failure, nowMs),
  };
}

function conditionsAfter(
  set: ReplicaSet,
  active: number,
  failure: unknown,
  nowMs: number,
): ReplicaSetCondition[] | undefined {
  const others = set.status?.conditions?.filter((condition) => condition.type !== "ReplicaFailure") ?? [];
  if (failure === undefined) return others.length > 0 ? others : undefined;
  const existing = set.status?.conditions?.find((condition) => condition.type === "ReplicaFailure");
  const reason = active < (set.spec?.replicas ?? 1) ? "FailedCreate" : "FailedDelete";
  const message = failure instanceof Error ? failure.message : String(failure);
  const lastTransitionTime = existing?.status === "True" ? existing.lastTransitionTime : rfc3339(nowMs);
  return [...others, { type: "ReplicaFailure", status: "True", reason, message, lastTransitionTime }];
}

/** Writes the status where it differs; answers the set as the server has it. */
export async function writeStatus(client: Client, set: ReplicaSet, status: ReplicaSetStatus): Promise<ReplicaSet> {
  if (deepEqual(withoutEmpty(set.status ?? {}), withoutEmpty(status))) return set;
  return client.apps.v1.replicasets.updateStatus({ ...set, status });
}

/** Zero and absent are the same to a reader of status numbers. */
function withoutEmpty(status: ReplicaSetStatus): object {
  return Object.fromEntries(Object.entries(status).filter(([, value]) => value !== undefined && value !== 0));
}
