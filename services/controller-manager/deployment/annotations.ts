import type { Deployment } from "../../../gen/typernetes/apps/v1/deployment.ts";
import type { ReplicaSet } from "../../../gen/typernetes/apps/v1/replica_set.ts";

/** The number of a rollout, on the deployment and on its replica sets. */
export const revisionAnnotation = "deployment.kubernetes.io/revision";
/** Earlier numbers of a replica set that was rolled back to. */
const revisionHistoryAnnotation = "deployment.kubernetes.io/revision-history";
const desiredReplicasAnnotation = "deployment.kubernetes.io/desired-replicas";
const maxReplicasAnnotation = "deployment.kubernetes.io/max-replicas";

/** Characters. */
const revisionHistoryLengthMax = 2000;

/** Annotations of a deployment that its replica sets do not get. */
const notCopied = new Set([
  "kubectl.kubernetes.io/last-applied-configuration",
  revisionAnnotation,
  revisionHistoryAnnotation,
  desiredReplicasAnnotation,
  maxReplicasAnnotation,
  "deprecated.deployment.rollback.to",
]);

/** The revision of a deployment or replica set, up to 2^63 - 1; 0 when it has none. */
export function revisionOf(object: Deployment | ReplicaSet): bigint {
  const text = object.metadata?.annotations?.[revisionAnnotation] ?? "";
  return /^\d{1,19}$/.test(text) ? BigInt(text) : 0n;
}

/** Order of replica sets, the oldest revision first. */
export function byRevision(left: ReplicaSet, right: ReplicaSet): number {
  const difference = revisionOf(left) - revisionOf(right);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/** The deployment's wish when the replica set was last scaled; undefined when it never was. */
export function desiredReplicasOf(set: ReplicaSet): number | undefined {
  const text = set.metadata?.annotations?.[desiredReplicasAnnotation];
  return text === undefined ? undefined : Number(text);
}

/** How many pods the deployment allowed when the replica set was last scaled. */
export function maxReplicasOf(set: ReplicaSet): number | undefined {
  const text = set.metadata?.annotations?.[maxReplicasAnnotation];
  return text === undefined ? undefined : Number(text);
}

/** The annotations by which a later scaling finds its proportions. */
export function replicasAnnotations(desired: number, max: number): Record<string, string> {
  return { [desiredReplicasAnnotation]: String(desired), [maxReplicasAnnotation]: String(max) };
}

/** What a replica set takes over from its deployment. */
export function copiedAnnotations(deployment: Deployment): Record<string, string> {
  return Object.fromEntries(
    Object.entries(deployment.metadata?.annotations ?? {}).filter(([key]) => !notCopied.has(key)),
  );
}

/** The annotations of a replica set that becomes the newest under `revision`, its old number kept in the history. */
export function annotationsForRevision(set: ReplicaSet, revision: bigint): Record<string, string> {
  const annotations = { ...set.metadata?.annotations };
  const before = revisionOf(set);
  if (before >= revision) return annotations;
  if (before > 0n) annotations[revisionHistoryAnnotation] = historyWith(annotations[revisionHistoryAnnotation], before);
  annotations[revisionAnnotation] = String(revision);
  return annotations;
}

/** The oldest numbers go when the text would become too long. */
function historyWith(history: string | undefined, revision: bigint): string {
  let text = history ? `${history},${revision}` : String(revision);
  while (text.length > revisionHistoryLengthMax && text.includes(",")) text = text.slice(text.indexOf(",") + 1);
  return text;
}
