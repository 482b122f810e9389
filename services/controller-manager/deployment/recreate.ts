import type { ReplicaSet } from "../../../gen/typernetes/apps/v1/replica_set.ts";
import { isPodFinished } from "../pods/pod-state.ts";
import { ensureNewReplicaSet, findNewReplicaSet } from "./new-replica-set.ts";
import { wanted } from "./replica-math.ts";
import { oldSets, type Rollout } from "./rollout.ts";
import { scaleReplicaSet } from "./scale.ts";

/** Ends every old pod before the first new one starts. Answers the newest replica set, undefined while old pods run. */
export async function recreate(rollout: Rollout): Promise<ReplicaSet | undefined> {
  const existing = findNewReplicaSet(rollout);
  const old = oldSets(rollout, existing);
  const running = old.filter((set) => wanted(set) > 0);
  for (const set of running) await scaleReplicaSet(rollout, set, 0);
  if (running.length > 0 || old.some((set) => hasLivePods(rollout, set))) return existing;
  const newest = await ensureNewReplicaSet(rollout);
  return scaleReplicaSet(rollout, newest, rollout.deployment.spec?.replicas ?? 1);
}

function hasLivePods(rollout: Rollout, set: ReplicaSet): boolean {
  const pods = rollout.podsBySet.get(set.metadata?.uid ?? "") ?? [];
  return pods.some((pod) => !isPodFinished(pod));
}
