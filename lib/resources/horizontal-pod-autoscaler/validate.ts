import type {
  CrossVersionObjectReference,
  HorizontalPodAutoscaler,
  HPAScalingRules,
} from "../../../gen/typernetes/autoscaling/v2/horizontal_pod_autoscaler.ts";
import type { FieldErrors } from "../../api/field-errors.ts";
import { checkNonNegative, checkOptionalOneOf, notPositiveMessage } from "../rules.ts";
import { validateMetric } from "./validate-metric.ts";
import { validateReference } from "./validate-reference.ts";

const windowSecondsMax = 3600;
const periodSecondsMax = 1800;
const selectPolicies = ["Disabled", "Max", "Min"];
const policyTypes = ["Percent", "Pods"];

/** What every version of an autoscaler says of how many pods there may be, and of what. */
export interface ScaleBounds {
  scaleTargetRef?: CrossVersionObjectReference | undefined;
  minReplicas?: number | undefined;
  maxReplicas?: number | undefined;
}

/** Checks an autoscaler. */
export function validateAutoscaler({ spec = {} }: HorizontalPodAutoscaler, errors: FieldErrors): void {
  validateScaleBounds(spec, errors);
  for (const [index, metric] of (spec.metrics ?? []).entries())
    validateMetric(metric, `spec.metrics[${index}]`, errors);
  for (const field of ["scaleUp", "scaleDown"] as const) {
    const rules = spec.behavior?.[field];
    if (rules) validateRules(rules, `spec.behavior.${field}`, errors);
  }
}

export function validateScaleBounds(spec: ScaleBounds, errors: FieldErrors): void {
  const { minReplicas, maxReplicas = 0 } = spec;
  if (minReplicas !== undefined && minReplicas < 1)
    errors.invalid("spec.minReplicas", minReplicas, "must be greater than or equal to 1");
  if (maxReplicas < 1) errors.invalid("spec.maxReplicas", maxReplicas, "must be greater than 0");
  if (minReplicas !== undefined && maxReplicas < minReplicas)
    errors.invalid("spec.maxReplicas", maxReplicas, "must be greater than or equal to `minReplicas`");
  validateReference(spec.scaleTargetRef ?? {}, "spec.scaleTargetRef", errors);
}

function validateRules(rules: HPAScalingRules, path: string, errors: FieldErrors): void {
  const { stabilizationWindowSeconds: window = 0, policies = [] } = rules;
  const at = `${path}.stabilizationWindowSeconds`;
  if (window < 0) errors.invalid(at, window, "must be greater than or equal to zero");
  if (window > windowSecondsMax) errors.invalid(at, window, `must be less than or equal to ${windowSecondsMax}`);
  checkOptionalOneOf(rules.selectPolicy, selectPolicies, `${path}.selectPolicy`, errors);
  if (policies.length === 0) errors.required(`${path}.policies`, "must specify at least one Policy");
  for (const [index, policy] of policies.entries()) {
    const { type = "", value = 0, periodSeconds = 0 } = policy;
    const each = `${path}.policies[${index}]`;
    checkOptionalOneOf(type, policyTypes, `${each}.type`, errors);
    if (value <= 0) errors.invalid(`${each}.value`, value, notPositiveMessage);
    if (periodSeconds <= 0) errors.invalid(`${each}.periodSeconds`, periodSeconds, notPositiveMessage);
    if (periodSeconds > periodSecondsMax)
      errors.invalid(`${each}.periodSeconds`, periodSeconds, `must be less than or equal to ${periodSecondsMax}`);
  }
}

/** Checks the counts of a status. */
export function validateAutoscalerStatus({ status }: HorizontalPodAutoscaler, _old: object, errors: FieldErrors): void {
  for (const field of ["currentReplicas", "desiredReplicas"] as const)
    checkNonNegative(status?.[field], `status.${field}`, errors);
}
