import type { Deployment, DeploymentStatus } from "../../../gen/typernetes/apps/v1/deployment.ts";
import type { ReplicaSet } from "../../../gen/typernetes/apps/v1/replica_set.ts";
import { deepEqual } from "../../../lib/api/deep.ts";
import { setCondition } from "./conditions.ts";
import { rolloutBounds, sumOf } from "./replica-math.ts";
import type { Rollout } from "./rollout.ts";

/** What is seen of the deployment's replica sets, without conditions. */
export function countReplicas(rollout: Rollout, newest: ReplicaSet | undefined): DeploymentStatus {
  const available = sumOf(rollout.sets, (set) => set.status?.availableReplicas ?? 0);
  const total = sumOf(rollout.sets, (set) => set.spec?.replicas ?? 0);
  return {
    observedGeneration: rollout.deployment.metadata?.generation,
    replicas: sumOf(rollout.sets, (set) => set.status?.replicas ?? 0),
    updatedReplicas: newest?.status?.replicas ?? 0,
    readyReplicas: sumOf(rollout.sets, (set) => set.status?.readyReplicas ?? 0),
    availableReplicas: available,
    unavailableReplicas: Math.max(0, total - available),
    terminatingReplicas: sumOf(rollout.sets, (set) => set.status?.terminatingReplicas ?? 0),
    collisionCount: rollout.status.collisionCount,
  };
}

/** Sets the Available condition from the counts. */
export function judgeAvailability(rollout: Rollout, counts: DeploymentStatus): void {
  const least = (rollout.deployment.spec?.replicas ?? 1) - rolloutBounds(rollout.deployment).maxUnavailable;
  if ((counts.availableReplicas ?? 0) >= least) {
    setCondition(rollout, "Available", "True", "MinimumReplicasAvailable", "Deployment has minimum availability.");
  } else {
    const message = "Deployment does not have minimum availability.";
    setCondition(rollout, "Available", "False", "MinimumReplicasUnavailable", message);
  }
}

/** Writes the status where it differs from what the server has. */
export async function writeDeploymentStatus(
  rollout: Rollout,
  deployment: Deployment,
  counts: DeploymentStatus,
): Promise<void> {
  const status = { ...counts, conditions: rollout.status.conditions };
  if (deepEqual(withoutEmpty(status), withoutEmpty(deployment.status ?? {}))) return;
  await rollout.context.client.apps.v1.deployments.updateStatus({ ...deployment, status });
}

/** Zero, empty and absent are the same to a reader of the status. */
function withoutEmpty(status: DeploymentStatus): object {
  const isEmpty = (value: unknown) =>
    value === undefined || value === 0 || (Array.isArray(value) && value.length === 0);
  return Object.fromEntries(Object.entries(status).filter(([, value]) => !isEmpty(value)));
}
