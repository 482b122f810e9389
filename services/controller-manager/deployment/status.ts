import type { Deployment, DeploymentStatus } from "../../../gen/typernetes/apps/v1/deployment.ts";
import type { ReplicaSet } from "../../../gen/typernetes/apps/v1/replica_set.ts";
import { deepEqual } from "../../../lib/api/deep.ts";
import { revisionAnnotation } from "./annotations.ts";
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

/** Writes the status, and the revision of the newest replica set, where they differ from what the server has. */
export async function writeDeploymentStatus(
  rollout: Rollout,
  newest: ReplicaSet | undefined,
  counts: DeploymentStatus,
): Promise<void> {
  const { deployment } = rollout;
  const status = { ...counts, conditions: rollout.status.conditions };
  const metadata = withRevision(deployment, newest);
  const same = deepEqual(withoutEmpty(status), withoutEmpty(deployment.status ?? {}));
  if (same && metadata === deployment.metadata) return;
  await rollout.context.client.apps.v1.deployments.updateStatus({ ...deployment, metadata, status });
}

/** The deployment carries the revision of its newest replica set. */
function withRevision({ metadata }: Deployment, newest: ReplicaSet | undefined): Deployment["metadata"] {
  const revision = newest?.metadata?.annotations?.[revisionAnnotation];
  if (!revision || revision === metadata?.annotations?.[revisionAnnotation]) return metadata;
  return { ...metadata, annotations: { ...metadata?.annotations, [revisionAnnotation]: revision } };
}

/** Zero, empty and absent are the same to a reader of the status. */
function withoutEmpty(status: DeploymentStatus): object {
  const isEmpty = (value: unknown) =>
    value === undefined || value === 0 || (Array.isArray(value) && value.length === 0);
  return Object.fromEntries(Object.entries(status).filter(([, value]) => !isEmpty(value)));
}
