import type { Deployment } from "../../../gen/typernetes/apps/v1/deployment.ts";
import type { ReplicaSet } from "../../../gen/typernetes/apps/v1/replica_set.ts";

/** The number that an absolute value or a percentage of `total` stands for. */
function resolveIntOrPercent(value: number | string | undefined, total: number, roundUp: boolean): number {
  if (value === undefined) return 0;
  if (typeof value === "number") return value;
  const share = (Number(value.replace(/%$/, "")) * total) / 100;
  return roundUp ? Math.ceil(share) : Math.floor(share);
}

/** How far a rollout may go above and below the wished number. When both come to 0, one pod may be missing. */
export function rolloutBounds(deployment: Deployment): { maxSurge: number; maxUnavailable: number } {
  const replicas = deployment.spec?.replicas ?? 1;
  if (deployment.spec?.strategy?.type === "Recreate") return { maxSurge: 0, maxUnavailable: 0 };
  const settings = deployment.spec?.strategy?.rollingUpdate;
  const maxSurge = resolveIntOrPercent(settings?.maxSurge ?? "25%", replicas, true);
  const maxUnavailable = resolveIntOrPercent(settings?.maxUnavailable ?? "25%", replicas, false);
  const leastUnavailable = maxSurge === 0 ? 1 : 0;
  return { maxSurge, maxUnavailable: Math.min(Math.max(maxUnavailable, leastUnavailable), replicas) };
}

/** The largest number of pods that a deployment has at any time. */
export function maxReplicas(deployment: Deployment): number {
  return (deployment.spec?.replicas ?? 1) + rolloutBounds(deployment).maxSurge;
}

export function wanted(set: ReplicaSet): number {
  return set.spec?.replicas ?? 1;
}

export function available(set: ReplicaSet): number {
  return set.status?.availableReplicas ?? 0;
}

/** Sum of a number over replica sets. */
export function sumOf(sets: readonly ReplicaSet[], number: (set: ReplicaSet) => number): number {
  return sets.reduce((sum, set) => sum + number(set), 0);
}

/** Oldest first; equal ages by name. */
export function byAge(left: ReplicaSet, right: ReplicaSet): number {
  const difference =
    Date.parse(left.metadata?.creationTimestamp ?? "") - Date.parse(right.metadata?.creationTimestamp ?? "");
  return difference || ((left.metadata?.name ?? "") < (right.metadata?.name ?? "") ? -1 : 1);
}
