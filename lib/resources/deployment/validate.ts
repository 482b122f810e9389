import type {
  Deployment,
  DeploymentStrategy,
  RollingUpdateDeployment,
} from "../../../gen/typernetes/apps/v1/deployment.ts";
import type { FieldErrors } from "../../api/field-errors.ts";
import { checkIntOrPercent, checkNotMoreThanAll, isZero } from "../int-or-percent.ts";
import { checkNonNegative } from "../rules.ts";
import { validateReplicaCounts, validateWorkload } from "../workload.ts";

/** Checks a deployment. */
export function validateDeployment({ spec = {} }: Deployment, errors: FieldErrors): void {
  validateWorkload(spec, "spec", errors);
  validateStrategy(spec.strategy ?? {}, "spec.strategy", errors);
  checkNonNegative(spec.revisionHistoryLimit, "spec.revisionHistoryLimit", errors);
  const deadline = spec.progressDeadlineSeconds;
  if (deadline === undefined) return;
  checkNonNegative(deadline, "spec.progressDeadlineSeconds", errors);
  if (deadline <= (spec.minReadySeconds ?? 0))
    errors.invalid("spec.progressDeadlineSeconds", deadline, "must be greater than minReadySeconds");
}

function validateStrategy(strategy: DeploymentStrategy, path: string, errors: FieldErrors): void {
  const { type, rollingUpdate } = strategy;
  if (type === "Recreate") {
    if (rollingUpdate)
      errors.forbidden(`${path}.rollingUpdate`, "may not be specified when strategy `type` is 'Recreate'");
  } else if (type !== "RollingUpdate") errors.notSupported(path, strategy, ["Recreate", "RollingUpdate"]);
  else if (!rollingUpdate) errors.required(`${path}.rollingUpdate`, "this should be defaulted and never be nil");
  else validateRollingUpdate(rollingUpdate, `${path}.rollingUpdate`, errors);
}

function validateRollingUpdate(
  { maxUnavailable = 0, maxSurge = 0 }: RollingUpdateDeployment,
  path: string,
  errors: FieldErrors,
): void {
  checkIntOrPercent(maxUnavailable, `${path}.maxUnavailable`, errors);
  checkIntOrPercent(maxSurge, `${path}.maxSurge`, errors);
  if (isZero(maxUnavailable) && isZero(maxSurge))
    errors.invalid(`${path}.maxUnavailable`, maxUnavailable, "may not be 0 when `maxSurge` is 0");
  checkNotMoreThanAll(maxUnavailable, `${path}.maxUnavailable`, errors);
}

const countedParts = ["updatedReplicas", "readyReplicas", "availableReplicas"] as const;

/** Checks a status that replaces `old`'s. */
export function validateDeploymentStatus({ status = {} }: Deployment, old: Deployment, errors: FieldErrors): void {
  checkNonNegative(status.observedGeneration, "status.observedGeneration", errors);
  checkNonNegative(status.unavailableReplicas, "status.unavailableReplicas", errors);
  validateReplicaCounts(status, countedParts, errors);
  if ((status.availableReplicas ?? 0) > (status.readyReplicas ?? 0))
    errors.invalid("status.availableReplicas", status.availableReplicas, "cannot be greater than readyReplicas");
  if ((status.collisionCount ?? 0) < (old.status?.collisionCount ?? 0))
    errors.invalid("status.collisionCount", status.collisionCount ?? 0, "cannot be decremented");
}
