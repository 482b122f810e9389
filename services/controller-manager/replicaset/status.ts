import type { ReplicaSetCondition, ReplicaSetStatus } from "../../../gen/typernetes/apps/v1/replica_set.ts";
import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import { deepEqual } from "../../../lib/api/deep.ts";
import { rfc3339 } from "../../../lib/base/rfc3339.ts";
import type { ResourceClient } from "../../../lib/client/resource-client.ts";
import { messageOf } from "../failures.ts";
import { isPodAvailable, isPodReady } from "../pods/pod-state.ts";
import type { ReplicaOwner } from "./replica-owner.ts";

/** What is seen of an owner's pods that neither ended nor end. */
export function replicaStatus(
  owner: ReplicaOwner,
  active: readonly Pod[],
  failure: unknown,
  nowMs: number,
): ReplicaSetStatus {
  const templateLabels = Object.entries(owner.spec?.template?.metadata?.labels ?? {});
  const minReadySeconds = owner.spec?.minReadySeconds ?? 0;
  const count = (test: (pod: Pod) => boolean) => active.filter(test).length;
  return {
    replicas: active.length,
    fullyLabeledReplicas: count((pod) => templateLabels.every(([key, value]) => pod.metadata?.labels?.[key] === value)),
    readyReplicas: count(isPodReady),
    availableReplicas: count((pod) => isPodAvailable(pod, minReadySeconds, nowMs)),
    observedGeneration: owner.metadata?.generation,
    conditions: conditionsAfter(owner, active.length, failure, nowMs),
  };
}

/** A failure is told once: its words may differ from try to try, and each write would be cause for another. */
function conditionsAfter(
  owner: ReplicaOwner,
  active: number,
  failure: unknown,
  nowMs: number,
): ReplicaSetCondition[] | undefined {
  const conditions = owner.status?.conditions ?? [];
  const others = conditions.filter(({ type }) => type !== "ReplicaFailure");
  if (failure === undefined) return others;
  if (others.length < conditions.length) return conditions;
  const reason = active < (owner.spec?.replicas ?? 1) ? "FailedCreate" : "FailedDelete";
  const lastTransitionTime = rfc3339(nowMs);
  return [
    ...others,
    { type: "ReplicaFailure", status: "True", reason, message: messageOf(failure), lastTransitionTime },
  ];
}

/** Writes the status where it differs. */
export async function writeStatus<T extends ReplicaOwner>(
  resource: ResourceClient<T>,
  owner: T,
  status: ReplicaSetStatus,
): Promise<void> {
  if (deepEqual(withoutEmpty(owner.status ?? {}), withoutEmpty(status))) return;
  await resource.updateStatus({ ...owner, status });
}

/** Zero, empty and absent are the same to a reader of the status. */
function withoutEmpty(status: ReplicaSetStatus): object {
  const isEmpty = (value: unknown) =>
    value === undefined || value === 0 || (Array.isArray(value) && value.length === 0);
  return Object.fromEntries(Object.entries(status).filter(([, value]) => !isEmpty(value)));
}
