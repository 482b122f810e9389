import type { JobSpec, SuccessPolicyRule } from "../../../gen/typernetes/batch/v1/cron_job.ts";
import type { Job } from "../../../gen/typernetes/batch/v1/job.ts";
import type { FieldErrors } from "../../api/field-errors.ts";
import { dns1123Label } from "../../api/names.ts";
import { checkDomainPrefixedPath } from "../domain-prefixed-path.ts";
import { validateLabelSelector } from "../label-selector.ts";
import { validatePodTemplate } from "../pod-template/validate.ts";
import { checkNonNegative, checkOptionalOneOf } from "../rules.ts";
import { selectorMatches, selectorMismatch } from "../workload.ts";
import { countIndexes, IndexesError } from "./indexes.ts";
import { validateGeneratedSelector } from "./selector.ts";
import { validateFailurePolicy } from "./validate-failure-policy.ts";
import { validateIndexed } from "./validate-indexed.ts";

const managedByCharactersMax = 63;
const successRulesMax = 20;
const succeededIndexesBytesMax = 64 * 1024;
const replacementPolicies = ["Failed", "TerminatingOrFailed"];

/** Checks a job. */
export function validateJob(job: Job, errors: FieldErrors): void {
  const { metadata, spec = {} } = job;
  validateGeneratedSelector(job, errors);
  validateJobSpec(spec, "spec", errors);
  if (!spec.selector) errors.required("spec.selector");
  else validateLabelSelector(spec.selector, "spec.selector", errors);
  const labels = spec.template?.metadata?.labels;
  if (!spec.selector || !selectorMatches(spec.selector, labels))
    errors.invalid("spec.template.metadata.labels", labels ?? {}, selectorMismatch);
  if (spec.completionMode !== "Indexed" || !spec.completions) return;
  const hostname = `${metadata?.name ?? ""}-${spec.completions - 1}`;
  if (dns1123Label(hostname).length > 0)
    errors.invalid(
      "metadata.name",
      metadata?.name ?? "",
      `will not able to create pod with invalid DNS label: ${hostname}`,
    );
}

const counts = [
  "parallelism",
  "completions",
  "activeDeadlineSeconds",
  "backoffLimit",
  "ttlSecondsAfterFinished",
  "backoffLimitPerIndex",
  "maxFailedIndexes",
] as const;

/** Checks the specification of a job, also in a template, but for its selector. */
export function validateJobSpec(spec: JobSpec, path: string, errors: FieldErrors): void {
  for (const field of counts) checkNonNegative(spec[field], `${path}.${field}`, errors);
  if (spec.managedBy !== undefined) {
    checkDomainPrefixedPath(spec.managedBy, `${path}.managedBy`, errors);
    if (spec.managedBy.length > managedByCharactersMax) errors.tooLong(`${path}.managedBy`, managedByCharactersMax);
  }
  validateIndexed(spec, path, errors);
  if (spec.podFailurePolicy) validateFailurePolicy(spec, `${path}.podFailurePolicy`, errors);
  if (spec.successPolicy) validateSuccessPolicy(spec, `${path}.successPolicy`, errors);
  checkOptionalOneOf(
    spec.podReplacementPolicy,
    spec.podFailurePolicy ? ["Failed"] : replacementPolicies,
    `${path}.podReplacementPolicy`,
    errors,
  );
  validatePodTemplate(spec.template ?? {}, `${path}.template`, errors);
  validateRestartPolicy(spec, `${path}.template.spec.restartPolicy`, errors);
}

function validateRestartPolicy({ template, podFailurePolicy }: JobSpec, path: string, errors: FieldErrors): void {
  const policy = template?.spec?.restartPolicy || "Always";
  if (policy === "Always") errors.required(path, 'valid values: "OnFailure", "Never"');
  else if (policy !== "OnFailure" && policy !== "Never") errors.notSupported(path, policy, ["OnFailure", "Never"]);
  else if (podFailurePolicy && policy !== "Never")
    errors.invalid(path, policy, 'only "Never" is supported when podFailurePolicy is specified');
}

function validateSuccessPolicy(spec: JobSpec, path: string, errors: FieldErrors): void {
  if (spec.completionMode !== "Indexed") {
    errors.invalid(path, spec.successPolicy, "requires indexed completion mode");
    return;
  }
  const rules = spec.successPolicy?.rules ?? [];
  const at = `${path}.rules`;
  if (rules.length === 0)
    errors.required(at, "at least one rules must be specified when the successPolicy is specified");
  if (rules.length > successRulesMax) errors.tooMany(at, rules.length, successRulesMax);
  for (const [index, rule] of rules.entries())
    validateSuccessRule(rule, spec.completions ?? 0, `${at}[${index}]`, errors);
}

function validateSuccessRule(rule: SuccessPolicyRule, completions: number, path: string, errors: FieldErrors): void {
  const { succeededCount: count, succeededIndexes: indexes } = rule;
  if (count === undefined && indexes === undefined)
    errors.required(path, "at least one of succeededCount or succeededIndexes must be specified");
  const named = indexes === undefined ? 0 : checkIndexes(indexes, completions, `${path}.succeededIndexes`, errors);
  if (count === undefined) return;
  const at = `${path}.succeededCount`;
  const atMost = (max: number, what: string) => `must be less than or equal to ${max} (the number of ${what})`;
  checkNonNegative(count, at, errors);
  if (count > completions) errors.invalid(at, count, atMost(completions, "specified completions"));
  if (indexes !== undefined && count > named)
    errors.invalid(at, count, atMost(named, "indexes in the specified succeededIndexes field"));
}

/** Answers how many indexes there are; none when they are malformed. */
function checkIndexes(indexes: string, completions: number, path: string, errors: FieldErrors): number {
  if (indexes.length > succeededIndexesBytesMax) errors.tooLong(path, succeededIndexesBytesMax);
  try {
    return countIndexes(indexes, completions);
  } catch (error) {
    if (!(error instanceof IndexesError)) throw error;
    errors.invalid(path, indexes, `error parsing succeededIndexes: ${error.message}`);
    return 0;
  }
}
