import type {
  DaemonSet,
  DaemonSetUpdateStrategy,
  RollingUpdateDaemonSet,
} from "../../../gen/typernetes/apps/v1/daemon_set.ts";
import type { FieldErrors } from "../../api/field-errors.ts";
import { checkIntOrPercent, checkNotMoreThanAll, isZero } from "../int-or-percent.ts";
import { isEmptySelector, validateLabelSelector } from "../label-selector.ts";
import { validatePodTemplate } from "../pod-template/validate.ts";
import { checkNonNegative } from "../rules.ts";
import { selectorMatches, selectorMismatch, validateRunsForever } from "../workload.ts";

/** Checks a daemon set. */
export function validateDaemonSet({ spec = {} }: DaemonSet, errors: FieldErrors): void {
  const { selector, template = {} } = spec;
  const labels = template.metadata?.labels;
  validateLabelSelector(selector, "spec.selector", errors);
  if (selector && isEmptySelector(selector))
    errors.invalid("spec.selector", selector, "empty selector is invalid for daemonset");
  else if (!selector || !selectorMatches(selector, labels))
    errors.invalid("spec.template.metadata.labels", labels ?? {}, selectorMismatch);
  validatePodTemplate(template, "spec.template", errors);
  validateRunsForever(template, "DaemonSet", "spec.template", errors);
  checkNonNegative(spec.minReadySeconds, "spec.minReadySeconds", errors);
  validateUpdateStrategy(spec.updateStrategy ?? {}, "spec.updateStrategy", errors);
  checkNonNegative(spec.revisionHistoryLimit, "spec.revisionHistoryLimit", errors);
}

function validateUpdateStrategy(strategy: DaemonSetUpdateStrategy, path: string, errors: FieldErrors): void {
  const { type, rollingUpdate } = strategy;
  if (type === "OnDelete") return;
  if (type !== "RollingUpdate") errors.notSupported(path, strategy, ["RollingUpdate", "OnDelete"]);
  else if (!rollingUpdate) errors.required(`${path}.rollingUpdate`);
  else validateRollingUpdate(rollingUpdate, `${path}.rollingUpdate`, errors);
}

/** A node has either no pod for a while, or two. */
function validateRollingUpdate(update: RollingUpdateDaemonSet, path: string, errors: FieldErrors): void {
  const { maxUnavailable = 0, maxSurge = 0 } = update;
  for (const [field, value] of Object.entries({ maxUnavailable, maxSurge })) {
    checkIntOrPercent(value, `${path}.${field}`, errors);
    checkNotMoreThanAll(value, `${path}.${field}`, errors);
  }
  if (!isZero(maxUnavailable) && !isZero(maxSurge))
    errors.invalid(`${path}.maxSurge`, maxSurge, "may not be set when maxUnavailable is non-zero");
  if (isZero(maxUnavailable) && isZero(maxSurge))
    errors.required(`${path}.maxUnavailable`, "cannot be 0 when maxSurge is 0");
}

const counts = [
  "currentNumberScheduled",
  "numberMisscheduled",
  "desiredNumberScheduled",
  "numberReady",
  "observedGeneration",
  "updatedNumberScheduled",
  "numberAvailable",
  "numberUnavailable",
] as const;

/** Checks a status that replaces `old`'s. */
export function validateDaemonSetStatus({ status = {} }: DaemonSet, old: DaemonSet, errors: FieldErrors): void {
  for (const field of counts) checkNonNegative(status[field], `status.${field}`, errors);
  if ((status.collisionCount ?? 0) < (old.status?.collisionCount ?? 0))
    errors.invalid("status.collisionCount", status.collisionCount ?? 0, "cannot be decremented");
}
