import type { DeploymentCondition } from "../../../gen/typernetes/apps/v1/deployment.ts";
import { rfc3339 } from "../../../lib/base/rfc3339.ts";
import type { Rollout } from "./rollout.ts";

/** The deployment's condition of a type, as this reconcile has it. */
export function conditionOf(rollout: Rollout, type: string): DeploymentCondition | undefined {
  return rollout.status.conditions?.find((condition) => condition.type === type);
}

/** Sets the Progressing condition. */
export function setProgress(rollout: Rollout, status: string, reason: string, message: string): void {
  setCondition(rollout, "Progressing", status, reason, message);
}

/** Sets a condition; nothing changes when status and reason stay, and the transition time stays when the status does. */
export function setCondition(rollout: Rollout, type: string, status: string, reason: string, message: string): void {
  const existing = conditionOf(rollout, type);
  if (existing?.status === status && existing.reason === reason) return;
  const now = rfc3339(rollout.nowMs);
  const lastTransitionTime = existing?.status === status ? existing.lastTransitionTime : now;
  const condition = { type, status, lastUpdateTime: now, lastTransitionTime, reason, message };
  rollout.status.conditions = [...(rollout.status.conditions ?? []).filter((other) => other.type !== type), condition];
}

export function removeCondition(rollout: Rollout, type: string): void {
  rollout.status.conditions = rollout.status.conditions?.filter((condition) => condition.type !== type);
}
