import type { Deployment, DeploymentStatus } from "../../../gen/typernetes/apps/v1/deployment.ts";
import type { ReplicaSet } from "../../../gen/typernetes/apps/v1/replica_set.ts";
import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import type { ControllerContext } from "../../../lib/controller/controller.ts";

/** One reconcile of one deployment: what the steps share. */
export interface Rollout {
  readonly context: ControllerContext;
  readonly deployment: Deployment;
  /** All replica sets of the deployment, the newest template's among them. */
  readonly sets: ReplicaSet[];
  /** The pods of each replica set, by its uid. */
  readonly podsBySet: ReadonlyMap<string, Pod[]>;
  readonly nowMs: number;
  /** Conditions and collision count as this reconcile changes them. */
  readonly status: DeploymentStatus;
}

/** The replica sets other than the newest. */
export function oldSets(rollout: Rollout, newest: ReplicaSet | undefined): ReplicaSet[] {
  return rollout.sets.filter((set) => set.metadata?.uid !== newest?.metadata?.uid);
}
