import type { ReplicaSet } from "../../../gen/typernetes/apps/v1/replica_set.ts";
import { isStatusError } from "../../../lib/base/status-error.ts";
import { byRevision } from "./annotations.ts";
import { oldSets, type Rollout } from "./rollout.ts";

/** Deletes the oldest replica sets beyond `revisionHistoryLimit`; those that still have pods stay. */
export async function cleanUpHistory(rollout: Rollout, newest: ReplicaSet | undefined): Promise<void> {
  const limit = rollout.deployment.spec?.revisionHistoryLimit ?? 10;
  const old = oldSets(rollout, newest).filter((set) => !set.metadata?.deletionTimestamp);
  const excess = old
    .sort(byRevision)
    .slice(0, Math.max(0, old.length - limit))
    .filter(isIdle);
  for (const set of excess) {
    const { namespace, name = "", uid } = set.metadata ?? {};
    try {
      await rollout.context.client.apps.v1.replicasets.delete(name, { namespace, preconditions: { uid } });
    } catch (error) {
      if (!isStatusError(error, "NotFound", "Conflict")) throw error;
    }
  }
}

function isIdle({ metadata, spec, status }: ReplicaSet): boolean {
  const observed = (status?.observedGeneration ?? 0) >= (metadata?.generation ?? 0);
  return observed && (spec?.replicas ?? 0) === 0 && (status?.replicas ?? 0) === 0;
}
