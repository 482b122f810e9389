import type { StatefulSet, StatefulSetStatus } from "../../../gen/typernetes/apps/v1/stateful_set.ts";
import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import { deepEqual } from "../../../lib/api/deep.ts";
import type { Client } from "../../../lib/client/client.ts";
import { revisionNameOf } from "./identity.ts";
import { isAvailable, isRunningAndReady, isTerminating, type SetSync } from "./set-sync.ts";

/** What is seen of a set's pods. When all are of the newest revision, and ready, that is the current one. */
export function statefulSetStatus(sync: SetSync, collisionCount: number | undefined): StatefulSetStatus {
  const { set, pods, current, update } = sync;
  const count = (test: (pod: Pod) => boolean) => pods.filter(test).length;
  const isOf = (name: string) => (pod: Pod) => !isTerminating(pod) && revisionNameOf(pod) === name;
  const status: StatefulSetStatus = {
    observedGeneration: set.metadata?.generation,
    replicas: pods.length,
    readyReplicas: count(isRunningAndReady),
    availableReplicas: count((pod) => isAvailable(sync, pod)),
    currentReplicas: count(isOf(current.name)),
    updatedReplicas: count(isOf(update.name)),
    currentRevision: current.name,
    updateRevision: update.name,
    collisionCount: collisionCount ?? 0,
    conditions: set.status?.conditions,
  };
  return isComplete(set, status)
    ? { ...status, currentReplicas: status.updatedReplicas, currentRevision: update.name }
    : status;
}

function isComplete({ spec }: StatefulSet, status: StatefulSetStatus): boolean {
  const counts = [status.replicas, status.readyReplicas, status.updatedReplicas];
  return spec?.updateStrategy?.type === "RollingUpdate" && counts.every((count) => count === (spec.replicas ?? 1));
}

/** Writes the status where it differs. */
export async function writeStatus(client: Client, set: StatefulSet, status: StatefulSetStatus): Promise<void> {
  if (deepEqual(withoutZeros(set.status ?? {}), withoutZeros(status))) return;
  await client.apps.v1.statefulsets.updateStatus({ ...set, status });
}

/** Zero and absent are the same to a reader of the status. */
function withoutZeros(status: StatefulSetStatus): object {
  return Object.fromEntries(Object.entries(status).filter(([, value]) => value !== undefined && value !== 0));
}
