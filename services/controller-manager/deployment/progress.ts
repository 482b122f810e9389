import type { DeploymentStatus } from "../../../gen/typernetes/apps/v1/deployment.ts";
import type { ReplicaSet } from "../../../gen/typernetes/apps/v1/replica_set.ts";
import { conditionOf, removeCondition, setCondition, setProgress } from "./conditions.ts";
import { wanted } from "./replica-math.ts";
import type { Rollout } from "./rollout.ts";

/** A deadline of 2^31-1 seconds stands for none. */
const noDeadline = 2_147_483_647;

/** Judges the rollout: complete, moving, or past its deadline. Answers milliseconds until the deadline has to be looked at. */
export function judgeProgress(
  rollout: Rollout,
  newest: ReplicaSet | undefined,
  counts: DeploymentStatus,
): number | undefined {
  setReplicaFailure(rollout, newest);
  const deadlineSeconds = rollout.deployment.spec?.progressDeadlineSeconds ?? noDeadline;
  if (deadlineSeconds === noDeadline) {
    removeCondition(rollout, "Progressing");
    return undefined;
  }
  const subject = newest
    ? `ReplicaSet "${newest.metadata?.name}"`
    : `Deployment "${rollout.deployment.metadata?.name}"`;
  const settled =
    counts.replicas === counts.updatedReplicas &&
    conditionOf(rollout, "Progressing")?.reason === "NewReplicaSetAvailable";
  if (settled) return undefined;
  if (isComplete(rollout, counts))
    setProgress(rollout, "True", "NewReplicaSetAvailable", `${subject} has successfully progressed.`);
  else if (hasMoved(rollout, counts)) restartDeadline(rollout, `${subject} is progressing.`);
  else if (isPastDeadline(rollout, deadlineSeconds)) {
    setProgress(rollout, "False", "ProgressDeadlineExceeded", `${subject} has timed out progressing.`);
  }
  return untilDeadline(rollout, deadlineSeconds);
}

/** Whether every pod is of the newest template and available, and nothing old is left. */
export function isComplete(rollout: Rollout, counts: DeploymentStatus): boolean {
  const replicas = rollout.deployment.spec?.replicas ?? 1;
  return (
    (counts.updatedReplicas ?? 0) === replicas &&
    (counts.replicas ?? 0) === replicas &&
    (counts.availableReplicas ?? 0) === replicas &&
    (rollout.deployment.status?.observedGeneration ?? 0) >= (rollout.deployment.metadata?.generation ?? 0)
  );
}

function hasMoved(rollout: Rollout, counts: DeploymentStatus): boolean {
  const before = rollout.deployment.status ?? {};
  const old = (status: DeploymentStatus) => (status.replicas ?? 0) - (status.updatedReplicas ?? 0);
  return (
    (counts.updatedReplicas ?? 0) > (before.updatedReplicas ?? 0) ||
    old(counts) < old(before) ||
    (counts.readyReplicas ?? 0) > (before.readyReplicas ?? 0) ||
    (counts.availableReplicas ?? 0) > (before.availableReplicas ?? 0)
  );
}

/** Any movement gives the rollout its whole deadline again. */
function restartDeadline(rollout: Rollout, message: string): void {
  const before = conditionOf(rollout, "Progressing");
  removeCondition(rollout, "Progressing");
  setProgress(rollout, "True", "ReplicaSetUpdated", message);
  const now = conditionOf(rollout, "Progressing");
  if (now && before?.status === "True") now.lastTransitionTime = before.lastTransitionTime;
}

function isPastDeadline(rollout: Rollout, deadlineSeconds: number): boolean {
  const condition = conditionOf(rollout, "Progressing");
  if (!condition || condition.reason === "ProgressDeadlineExceeded" || condition.reason === "NewReplicaSetAvailable")
    return false;
  return rollout.nowMs - Date.parse(condition.lastUpdateTime ?? "") >= deadlineSeconds * 1000;
}

function untilDeadline(rollout: Rollout, deadlineSeconds: number): number | undefined {
  const condition = conditionOf(rollout, "Progressing");
  if (condition?.reason === "NewReplicaSetAvailable" || condition?.reason === "ProgressDeadlineExceeded")
    return undefined;
  const since = Date.parse(condition?.lastUpdateTime ?? "") || rollout.nowMs;
  return Math.max(1000, since + deadlineSeconds * 1000 - rollout.nowMs);
}

function setReplicaFailure(rollout: Rollout, newest: ReplicaSet | undefined): void {
  const failing = [newest, ...rollout.sets.filter((set) => wanted(set) > 0)]
    .flatMap((set) => set?.status?.conditions ?? [])
    .find((condition) => condition.type === "ReplicaFailure" && condition.status === "True");
  if (!failing) return removeCondition(rollout, "ReplicaFailure");
  setCondition(rollout, "ReplicaFailure", "True", failing.reason ?? "", failing.message ?? "");
}
