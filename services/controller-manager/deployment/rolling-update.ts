import type { ReplicaSet } from "../../../gen/typernetes/apps/v1/replica_set.ts";
import { ensureNewReplicaSet, newReplicasAllowed } from "./new-replica-set.ts";
import { available, byAge, rolloutBounds, sumOf, wanted } from "./replica-math.ts";
import { oldSets, type Rollout } from "./rollout.ts";
import { scaleReplicaSet } from "./scale.ts";

/** One step from old to new within maxSurge and maxUnavailable. Answers the newest replica set. */
export async function rollingUpdate(rollout: Rollout): Promise<ReplicaSet> {
  const newest = await ensureNewReplicaSet(rollout);
  const scaled = await growNewest(rollout, newest);
  if (wanted(scaled) > wanted(newest)) return scaled;
  await shrinkOld(rollout, scaled);
  return scaled;
}

function growNewest(rollout: Rollout, newest: ReplicaSet): Promise<ReplicaSet> {
  const replicas = rollout.deployment.spec?.replicas ?? 1;
  if (wanted(newest) > replicas) return scaleReplicaSet(rollout, newest, replicas);
  return scaleReplicaSet(rollout, newest, newReplicasAllowed(rollout, newest));
}

async function shrinkOld(rollout: Rollout, newest: ReplicaSet): Promise<void> {
  const old = oldSets(rollout, newest)
    .filter((set) => wanted(set) > 0)
    .sort(byAge);
  if (old.length === 0) return;
  const replicas = rollout.deployment.spec?.replicas ?? 1;
  const minAvailable = replicas - rolloutBounds(rollout.deployment).maxUnavailable;
  const newUnavailable = wanted(newest) - available(newest);
  const removable = sumOf(rollout.sets, wanted) - minAvailable - newUnavailable;
  if (removable <= 0) return;
  const afterCleanup = await removeUnhealthy(rollout, old, removable);
  await removeAvailable(rollout, afterCleanup, minAvailable);
}

/** Pods of old replica sets that are not available serve nobody: they go first. */
async function removeUnhealthy(rollout: Rollout, old: ReplicaSet[], removable: number): Promise<ReplicaSet[]> {
  let left = removable;
  const result: ReplicaSet[] = [];
  for (const set of old) {
    const unhealthy = Math.min(left, wanted(set) - available(set));
    if (unhealthy <= 0) {
      result.push(set);
      continue;
    }
    left -= unhealthy;
    result.push(await scaleReplicaSet(rollout, set, wanted(set) - unhealthy));
  }
  return result;
}

async function removeAvailable(rollout: Rollout, old: ReplicaSet[], minAvailable: number): Promise<void> {
  let left = sumOf(rollout.sets, available) - minAvailable;
  for (const set of old) {
    if (left <= 0) return;
    const removed = Math.min(left, wanted(set));
    if (removed === 0) continue;
    left -= removed;
    await scaleReplicaSet(rollout, set, wanted(set) - removed);
  }
}
