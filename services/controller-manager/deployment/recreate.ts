import type { ReplicaSet } from "../../../gen/typernetes/apps/v1/replica_set.ts";
import { isPodFinished } from "../pods/pod-state.ts";
import { ensureNewReplicaSet, updateNewReplicaSet } from "./new-replica-set.ts";
import { wanted } from "./replica-math.ts";
import { oldSets, type Rollout } from "./rollout.ts";
import { scaleReplicaSet } from "./scale.ts";

/** Ends every old pod before the first new one starts. Answers the newest replica set, undefined while old pods run. */
export async function recreate(rollout: Rollout): Promise<ReplicaSet | undefined> {
  const existing = await updateNewReplicaSet(rollout);
  const old = oldSets(rollout, existing);
  const running = old.filter((set) => wanted(set) > 0);
  for (const set of running) await scaleReplicaSet(rollout, set, 0);
  if (running.length > 0 || old.some((set) => hasPods(rollout, set))) return existing;
  const newest = await ensureNewReplicaSet(rollout);
  return scaleReplicaSet(rollout, newest, rollout.deployment.spec?.replicas ?? 1);
}

/** Looks at status and cache: either may be behind the other. */
function hasPods(rollout: Rollout, set: ReplicaSet): boolean {
  const pods = rollout.podsBySet.get(set.metadata?.uid ?? "") ?? [];
  return (set.status?.replicas ?? 0) > 0 || pods.some((pod) => !isPodFinished(pod));
}
