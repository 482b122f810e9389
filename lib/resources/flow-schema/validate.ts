import type {
  FlowSchema,
  FlowSchemaSpec,
  PolicyRulesWithSubjects,
} from "../../../gen/typernetes/flowcontrol/v1/flow_schema.ts";
import { deepEqual } from "../../api/deep.ts";
import type { FieldErrors } from "../../api/field-errors.ts";
import { checkDnsSubdomain } from "../rules.ts";
import { mandatoryFlowSchemas } from "./mandatory.ts";
import { validateNonResourceRule, validateResourceRule } from "./validate-rules.ts";
import { validateSubject } from "./validate-subject.ts";

const precedenceMax = 10_000;
const methods = ["ByNamespace", "ByUser"];

/** Checks to which priority level requests go. */
export function validateFlowSchema({ metadata, spec = {} }: FlowSchema, errors: FieldErrors): void {
  const name = metadata?.name ?? "";
  validatePrecedence(spec.matchingPrecedence ?? 0, name, "spec.matchingPrecedence", errors);
  const method = spec.distinguisherMethod;
  if (method && !methods.includes(method.type ?? ""))
    errors.notSupported("spec.distinguisherMethod.type", method.type ?? "", methods);
  validateLevel(spec, "spec.priorityLevelConfiguration.name", errors);
  for (const [index, rule] of (spec.rules ?? []).entries()) validateRule(rule, `spec.rules[${index}]`, errors);
  const fixed = mandatoryFlowSchemas[name];
  if (fixed && !deepEqual(spec, fixed)) errors.invalid("spec", spec, `spec of '${name}' must equal the fixed value`);
}

function validatePrecedence(value: number, name: string, path: string, errors: FieldErrors): void {
  if (value <= 0) errors.invalid(path, value, "must be a positive value");
  if (value > precedenceMax) errors.invalid(path, value, `must not be greater than ${precedenceMax}`);
  if (value === 1 && name !== "exempt")
    errors.invalid(path, value, "only the schema named 'exempt' may have matchingPrecedence 1");
}

function validateLevel({ priorityLevelConfiguration: level }: FlowSchemaSpec, path: string, errors: FieldErrors): void {
  if (!level?.name) errors.required(path, "must reference a priority level");
  else checkDnsSubdomain(level.name, path, errors);
}

function validateRule(rule: PolicyRulesWithSubjects, path: string, errors: FieldErrors): void {
  const { subjects = [], resourceRules = [], nonResourceRules = [] } = rule;
  if (subjects.length === 0) errors.required(`${path}.subjects`, "subjects must contain at least one value");
  for (const [index, subject] of subjects.entries()) validateSubject(subject, `${path}.subjects[${index}]`, errors);
  if (resourceRules.length + nonResourceRules.length === 0)
    errors.required(path, "at least one of resourceRules and nonResourceRules has to be non-empty");
  for (const [index, it] of resourceRules.entries())
    validateResourceRule(it, `${path}.resourceRules[${index}]`, errors);
  for (const [index, it] of nonResourceRules.entries())
    validateNonResourceRule(it, `${path}.nonResourceRules[${index}]`, errors);
}
