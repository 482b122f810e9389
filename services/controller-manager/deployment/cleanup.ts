import type { ReplicaSet } from "../../../gen/typernetes/apps/v1/replica_set.ts";
import { isStatusError } from "../../../lib/base/status-error.ts";
import { revisionOf } from "./annotations.ts";
import { oldSets, type Rollout } from "./rollout.ts";

/** Deletes the oldest replica sets beyond `revisionHistoryLimit`; those that still have pods stay. */
export async function cleanUpHistory(rollout: Rollout, newest: ReplicaSet | undefined): Promise<void> {
  const limit = rollout.deployment.spec?.revisionHistoryLimit ?? 10;
  const idle = oldSets(rollout, newest).filter(isIdle);
  const excess = idle
    .sort((left, right) => revisionOf(left) - revisionOf(right))
    .slice(0, Math.max(0, idle.length - limit));
  for (const set of excess) {
    const { namespace, name = "", uid } = set.metadata ?? {};
    try {
      await rollout.context.client.apps.v1.replicasets.delete(name, { namespace, preconditions: { uid } });
    } catch (error) {
      if (!isStatusError(error, "NotFound", "Conflict")) throw error;
    }
  }
}

function isIdle(set: ReplicaSet): boolean {
  const observed = (set.status?.observedGeneration ?? 0) >= (set.metadata?.generation ?? 0);
  return (
    (set.spec?.replicas ?? 0) === 0 && (set.status?.replicas ?? 0) === 0 && observed && !set.metadata?.deletionTimestamp
  );
}
