import type { JobSpec } from "../../../gen/typernetes/batch/v1/cron_job.ts";
import type { Job } from "../../../gen/typernetes/batch/v1/job.ts";
import type { PodTemplateSpec } from "../../../gen/typernetes/core/v1/pod_template.ts";
import type { FieldErrors } from "../../api/field-errors.ts";
import { validateImmutable } from "../../api/object-meta.ts";
import { semanticEqual } from "../../api/semantic-equal.ts";
import { checkNonNegative, immutableMessage } from "../rules.ts";

const immutableFields = [
  "selector",
  "completionMode",
  "podFailurePolicy",
  "backoffLimitPerIndex",
  "managedBy",
  "successPolicy",
] as const;

/** Checks what an update does to a job: what it runs stays, but for where, while it has not yet begun. */
export function validateJobUpdate({ spec = {} }: Job, old: Job, errors: FieldErrors): void {
  const before = old.spec ?? {};
  validateCompletions(spec, before, errors);
  const hasNotBegun = (before.suspend ?? false) && old.status?.startTime === undefined;
  const template = spec.template ?? {};
  const allowed = hasNotBegun ? withPlacementOf(template, before.template ?? {}) : (before.template ?? {});
  if (!semanticEqual("core.v1.PodTemplateSpec", template, allowed))
    errors.invalid("spec.template", template, immutableMessage);
  for (const field of immutableFields) validateImmutable(spec[field], before[field], `spec.${field}`, errors);
}

/** A job whose pods have indexes may grow and shrink when as many run as must complete. */
function validateCompletions(spec: JobSpec, old: JobSpec, errors: FieldErrors): void {
  const isElastic = spec.completionMode === "Indexed" && spec.completions !== undefined;
  if (!isElastic || old.completions === undefined)
    validateImmutable(spec.completions, old.completions, "spec.completions", errors);
  else if (spec.completions !== old.completions && spec.completions !== spec.parallelism)
    errors.invalid("spec.completions", spec.completions, "can only be modified in tandem with spec.parallelism");
}

/** The old template with all that says where its pods go, and how they are marked, from the new one. */
function withPlacementOf({ metadata, spec = {} }: PodTemplateSpec, old: PodTemplateSpec): PodTemplateSpec {
  const { nodeSelector, tolerations, schedulingGates } = spec;
  const affinity = { ...old.spec?.affinity, nodeAffinity: spec.affinity?.nodeAffinity };
  const hasAffinity = Object.values(affinity).some((part) => part !== undefined);
  return {
    metadata: { ...old.metadata, labels: metadata?.labels, annotations: metadata?.annotations },
    spec: {
      ...old.spec,
      ...{ nodeSelector, tolerations, schedulingGates },
      affinity: hasAffinity || spec.affinity ? affinity : undefined,
    },
  };
}

const counts = ["active", "succeeded", "failed", "ready", "terminating"] as const;
const terminalConditions = ["Failed", "Complete", "FailureTarget"];

/** Checks a status that replaces `old`'s. */
export function validateJobStatus(job: Job, old: Job, errors: FieldErrors): void {
  const status = job.status ?? {};
  for (const field of counts) checkNonNegative(status[field], `status.${field}`, errors);
  validateConditions(job, old, errors);
  validateTimes(job, errors);
  if ((status.ready ?? 0) > (status.active ?? 0))
    errors.invalid("status.ready", status.ready, "cannot set more ready pods than active");
  for (const field of ["failed", "succeeded"] as const)
    if ((status[field] ?? 0) < (old.status?.[field] ?? 0))
      errors.invalid(`status.${field}`, status[field] ?? 0, `cannot decrease the ${field} counter`);
}

function validateConditions(job: Job, old: Job, errors: FieldErrors): void {
  const path = "status.conditions";
  const complete = holds(job, "Complete");
  const met = holds(job, "SuccessCriteriaMet");
  if (complete)
    for (const [type, word] of [
      ["Failed", "Failed=true conditions"],
      ["FailureTarget", "FailureTarget=true conditions"],
    ] as const)
      if (holds(job, type)) errors.invalidPart(path, `cannot set Complete=True and ${word}`);
  if (holds(job, "Failed") && !holds(job, "FailureTarget"))
    errors.invalidPart(path, "cannot set Failed=True condition without the FailureTarget=true condition");
  if (complete && !met)
    errors.invalidPart(path, "cannot set Complete=True condition without the SuccessCriteriaMet=true condition");
  for (const type of ["Failed", "FailureTarget"])
    if (met && holds(job, type))
      errors.invalidPart(path, `cannot set SuccessCriteriaMet=True and ${type}=true conditions`);
  for (const type of terminalConditions)
    if (holds(old, type) && !holds(job, type))
      errors.invalidPart(path, `cannot disable the terminal ${type}=True condition`);
}

function validateTimes(job: Job, errors: FieldErrors): void {
  const { active = 0, terminating = 0, startTime, completionTime } = job.status ?? {};
  const complete = holds(job, "Complete");
  const finished = complete || holds(job, "Failed");
  const path = "status.completionTime";
  if (completionTime !== undefined && !complete)
    errors.invalid(path, completionTime, "cannot set completionTime when there is no Complete=True condition");
  if (completionTime === undefined && complete) errors.required(path, "completionTime is required for Complete jobs");
  if (startTime && completionTime && Date.parse(completionTime) < Date.parse(startTime))
    errors.invalid(path, completionTime, "completionTime cannot be set before startTime");
  if (!finished) return;
  if (active > 0) errors.invalid("status.active", active, "active>0 is invalid for finished job");
  if (terminating > 0) errors.invalid("status.terminating", terminating, "terminating>0 is invalid for finished job");
  if (startTime === undefined) errors.required("status.startTime", "startTime is required for finished job");
}

function holds({ status }: Job, type: string): boolean {
  return (status?.conditions ?? []).some((condition) => condition.type === type && condition.status === "True");
}
