import type { DeploymentStatus } from "../../../gen/typernetes/apps/v1/deployment.ts";
import type { ReplicaSet } from "../../../gen/typernetes/apps/v1/replica_set.ts";
import { conditionOf, removeCondition, setCondition, setProgress } from "./conditions.ts";
import type { Rollout } from "./rollout.ts";

/** A deadline of 2^31-1 seconds stands for none. */
const noDeadline = 2_147_483_647;

const completed = "NewReplicaSetAvailable";
const deadlineExceeded = "ProgressDeadlineExceeded";

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
  const settled = counts.replicas === counts.updatedReplicas && progressReason(rollout) === completed;
  if (settled) return undefined;
  if (isComplete(rollout, counts)) setProgress(rollout, "True", completed, `${subject} has successfully progressed.`);
  else if (hasMoved(rollout, counts)) restartDeadline(rollout, `${subject} is progressing.`);
  else if (untilDeadline(rollout, deadlineSeconds) === 0)
    setProgress(rollout, "False", deadlineExceeded, `${subject} has timed out progressing.`);
  return untilDeadline(rollout, deadlineSeconds);
}

/** Whether every pod is of the newest template and available, and nothing old is left. */
export function isComplete(rollout: Rollout, counts: DeploymentStatus): boolean {
  const replicas = rollout.deployment.spec?.replicas ?? 1;
  return (
    (counts.updatedReplicas ?? 0) === replicas &&
    (counts.replicas ?? 0) === replicas &&
    (counts.availableReplicas ?? 0) === replicas
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

/** Milliseconds until the deadline, 0 when it has passed; undefined while none runs. */
function untilDeadline(rollout: Rollout, deadlineSeconds: number): number | undefined {
  const condition = conditionOf(rollout, "Progressing");
  if (!condition || condition.reason === completed || condition.reason === deadlineExceeded) return undefined;
  const since = Date.parse(condition.lastUpdateTime ?? "") || rollout.nowMs;
  return Math.max(0, since + deadlineSeconds * 1000 - rollout.nowMs);
}

function progressReason(rollout: Rollout): string | undefined {
  return conditionOf(rollout, "Progressing")?.reason;
}

/** The newest set's failure counts before those of others. */
function setReplicaFailure(rollout: Rollout, newest: ReplicaSet | undefined): void {
  const failing = [newest, ...rollout.sets]
    .flatMap((set) => set?.status?.conditions ?? [])
    .find((condition) => condition.type === "ReplicaFailure" && condition.status === "True");
  if (!failing) return removeCondition(rollout, "ReplicaFailure");
  setCondition(rollout, "ReplicaFailure", "True", failing.reason ?? "", failing.message ?? "");
}
