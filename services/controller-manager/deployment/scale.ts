import type { ReplicaSet } from "../../../gen/typernetes/apps/v1/replica_set.ts";
import { deepEqual } from "../../../lib/api/deep.ts";
import { desiredReplicasOf, maxReplicasOf, replicasAnnotations } from "./annotations.ts";
import { byAge, maxReplicas, sumOf, wanted } from "./replica-math.ts";
import { oldSets, type Rollout } from "./rollout.ts";

/** Sets how many pods a replica set wants; answers it as the server has it. */
export async function scaleReplicaSet(rollout: Rollout, set: ReplicaSet, replicas: number): Promise<ReplicaSet> {
  const { context, deployment } = rollout;
  const before = wanted(set);
  const annotations = {
    ...set.metadata?.annotations,
    ...replicasAnnotations(deployment.spec?.replicas ?? 1, maxReplicas(deployment)),
  };
  if (before === replicas && deepEqual(annotations, set.metadata?.annotations)) return set;
  const updated = await context.client.apps.v1.replicasets.update({
    ...set,
    metadata: { ...set.metadata, annotations },
    spec: { ...set.spec, replicas },
  });
  rollout.sets.splice(rollout.sets.indexOf(set), 1, updated);
  if (before !== replicas) {
    const word = before < replicas ? "up" : "down";
    const message = `Scaled ${word} replica set ${set.metadata?.name} from ${before} to ${replicas}`;
    context.recorder.event(deployment, "Normal", "ScalingReplicaSet", message);
  }
  return updated;
}

/**
 * Whether the deployment's wish has changed since its replica sets were last scaled. Recreate has no proportions to keep: it
 * scales the one set that runs anyway.
 */
export function isScalingEvent(rollout: Rollout): boolean {
  if (rollout.deployment.spec?.strategy?.type === "Recreate") return false;
  const replicas = rollout.deployment.spec?.replicas ?? 1;
  return rollout.sets.some((set) => {
    const desired = desiredReplicasOf(set);
    return wanted(set) > 0 && desired !== undefined && desired !== replicas;
  });
}

/** Brings replica sets to a new total without rolling on: all to one set, or each in proportion to its size. */
export async function scaleToTotal(rollout: Rollout, newest: ReplicaSet | undefined): Promise<void> {
  const { deployment } = rollout;
  const replicas = deployment.spec?.replicas ?? 1;
  const active = rollout.sets.filter((set) => wanted(set) > 0).sort(byAge);
  const only = active.length > 1 ? undefined : (active[0] ?? newest ?? [...rollout.sets].sort(byAge).at(-1));
  if (only) {
    await scaleReplicaSet(rollout, only, replicas);
    return;
  }
  const old = oldSets(rollout, newest);
  if (newest && isSaturated(rollout, newest)) {
    for (const set of old) if (wanted(set) > 0) await scaleReplicaSet(rollout, set, 0);
    return;
  }
  if (deployment.spec?.strategy?.type === "Recreate") return;
  await scaleInProportion(rollout, active);
}

function isSaturated(rollout: Rollout, newest: ReplicaSet): boolean {
  const replicas = rollout.deployment.spec?.replicas ?? 1;
  return (
    wanted(newest) === replicas &&
    desiredReplicasOf(newest) === replicas &&
    (newest.status?.availableReplicas ?? 0) === replicas
  );
}

async function scaleInProportion(rollout: Rollout, active: ReplicaSet[]): Promise<void> {
  const replicas = rollout.deployment.spec?.replicas ?? 1;
  const total = sumOf(active, wanted);
  const allowed = replicas > 0 ? maxReplicas(rollout.deployment) : 0;
  const toAdd = allowed - total;
  // Largest first, so that a remainder disturbs the proportions least; the newest of equals first when growing.
  const ordered = [...active].sort(
    (left, right) => wanted(right) - wanted(left) || (toAdd > 0 ? byAge(right, left) : byAge(left, right)),
  );
  const sizes = new Map<ReplicaSet, number>();
  let added = 0;
  for (const set of ordered) {
    const share = toAdd === 0 ? 0 : proportionOf(rollout, set, allowed, toAdd - added);
    sizes.set(set, wanted(set) + share);
    added += share;
  }
  const [largest] = ordered;
  if (largest) sizes.set(largest, Math.max(0, (sizes.get(largest) ?? 0) + toAdd - added));
  for (const [set, size] of sizes) await scaleReplicaSet(rollout, set, size);
}

/** How much a set grows (or shrinks, below 0) so that it keeps its share; no more than is `left` to add. */
function proportionOf(rollout: Rollout, set: ReplicaSet, allowed: number, left: number): number {
  if (left === 0) return 0;
  const before = maxReplicasOf(set) || (rollout.deployment.status?.replicas ?? 0);
  const size = before === 0 ? Math.min(wanted(set), allowed) : Math.round((wanted(set) * allowed) / before);
  const growth = size - wanted(set);
  return left > 0 ? Math.min(growth, left) : Math.max(growth, left);
}
