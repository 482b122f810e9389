import type { JobSpec } from "../../../gen/typernetes/batch/v1/cron_job.ts";
import type { Job } from "../../../gen/typernetes/batch/v1/job.ts";
import { defaultPodTemplate } from "../pod-template/defaults.ts";
import { maxInt32 } from "../rules.ts";

const backoffLimit = 6;

/** Fills what Kubernetes fills in a job. */
export function defaultJob({ metadata, spec }: Job): void {
  if (!spec) return;
  if (spec.completions === undefined && spec.parallelism === undefined) spec.completions = 1;
  spec.parallelism ??= 1;
  spec.backoffLimit ??= spec.backoffLimitPerIndex === undefined ? backoffLimit : maxInt32;
  const labels = spec.template?.metadata?.labels;
  if (labels && metadata && !Object.keys(metadata.labels ?? {}).length) metadata.labels = { ...labels };
  spec.completionMode ??= "NonIndexed";
  spec.suspend ??= false;
  spec.podReplacementPolicy ??= spec.podFailurePolicy ? "Failed" : "TerminatingOrFailed";
  spec.manualSelector ??= false;
  defaultJobSpec(spec);
}

/** Fills what Kubernetes fills in the specification of a job, in templates too. */
export function defaultJobSpec(spec: JobSpec): void {
  for (const rule of spec.podFailurePolicy?.rules ?? [])
    for (const pattern of rule.onPodConditions ?? []) pattern.status ||= "True";
  defaultPodTemplate(spec.template);
}
