import type {
  JobSpec,
  PodFailurePolicyOnExitCodesRequirement,
  PodFailurePolicyOnPodConditionsPattern,
  PodFailurePolicyRule,
} from "../../../gen/typernetes/batch/v1/cron_job.ts";
import type { FieldErrors } from "../../api/field-errors.ts";
import { checkQualifiedName } from "../rules.ts";

const rulesMax = 20;
const exitCodesMax = 255;
const patternsMax = 20;
const actions = ["Count", "FailIndex", "FailJob", "Ignore"];
const operators = ["In", "NotIn"];
const statuses = ["False", "True", "Unknown"];

/** Checks what a job does when its pods fail. */
export function validateFailurePolicy(spec: JobSpec, path: string, errors: FieldErrors): void {
  const rules = spec.podFailurePolicy?.rules ?? [];
  if (rules.length > rulesMax) errors.tooMany(`${path}.rules`, rules.length, rulesMax);
  for (const [index, rule] of rules.entries()) validateRule(rule, spec, `${path}.rules[${index}]`, errors);
}

function validateRule(rule: PodFailurePolicyRule, spec: JobSpec, path: string, errors: FieldErrors): void {
  const { action = "", onExitCodes, onPodConditions = [] } = rule;
  if (action === "FailIndex") {
    if (spec.backoffLimitPerIndex === undefined)
      errors.invalid(`${path}.action`, action, "requires the backoffLimitPerIndex to be set");
  } else checkChoice(action, actions, `${path}.action`, errors);
  if (onExitCodes) validateExitCodes(onExitCodes, spec, `${path}.onExitCodes`, errors);
  validateConditions(onPodConditions, `${path}.onPodConditions`, errors);
  if (onExitCodes && onPodConditions.length > 0)
    errors.invalidPart(path, "specifying both OnExitCodes and OnPodConditions is not supported");
  if (!onExitCodes && onPodConditions.length === 0)
    errors.invalidPart(path, "specifying one of OnExitCodes and OnPodConditions is required");
}

/** A field that must have one of `values`; who left it out is told them. */
function checkChoice(value: string, values: readonly string[], path: string, errors: FieldErrors): void {
  if (!value) errors.required(path, `valid values: [${values.map((it) => JSON.stringify(it)).join(" ")}]`);
  else if (!values.includes(value)) errors.notSupported(path, value, values);
}

function validateConditions(
  patterns: readonly PodFailurePolicyOnPodConditionsPattern[],
  path: string,
  errors: FieldErrors,
): void {
  if (patterns.length > patternsMax) errors.tooMany(path, patterns.length, patternsMax);
  for (const [index, { type = "", status = "" }] of patterns.entries()) {
    checkQualifiedName(type, `${path}[${index}].type`, errors);
    checkChoice(status, statuses, `${path}[${index}].status`, errors);
  }
}

function validateExitCodes(
  requirement: PodFailurePolicyOnExitCodesRequirement,
  { template }: JobSpec,
  path: string,
  errors: FieldErrors,
): void {
  const { operator = "", containerName, values = [] } = requirement;
  checkChoice(operator, operators, `${path}.operator`, errors);
  const containers = [...(template?.spec?.containers ?? []), ...(template?.spec?.initContainers ?? [])];
  if (containerName !== undefined && !containers.some((it) => it.name === containerName))
    errors.invalid(
      `${path}.containerName`,
      containerName,
      "must be one of the container or initContainer names in the pod template",
    );
  if (values.length === 0) errors.invalid(`${path}.values`, values, "at least one value is required");
  else if (values.length > exitCodesMax) errors.tooMany(`${path}.values`, values.length, exitCodesMax);
  for (const [index, value] of values.entries()) {
    const at = `${path}.values[${index}]`;
    if (operator === "In" && value === 0) errors.invalid(at, value, "must not be 0 for the In operator");
    if (values.indexOf(value) < index) errors.duplicate(at, value);
  }
  if (values.some((value, index) => index > 0 && (values[index - 1] ?? 0) > value))
    errors.invalid(`${path}.values`, values, "must be ordered");
}
