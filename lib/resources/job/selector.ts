import type { Job } from "../../../gen/typernetes/batch/v1/job.ts";
import type { FieldErrors } from "../../api/field-errors.ts";
import { isEmptySelector } from "../label-selector.ts";
import { selectorMatches } from "../workload.ts";

const uidLabel = "batch.kubernetes.io/controller-uid";
const nameLabel = "batch.kubernetes.io/job-name";

/** Labels that tell the pods of one job from those of all others. */
function labelsOf(job: Job): Record<string, string> {
  const { uid = "", name = "" } = job.metadata ?? {};
  return { "controller-uid": uid, "job-name": name, [uidLabel]: uid, [nameLabel]: name };
}

/** Gives a new job its selector, and its pods the labels for it, unless it says that it has its own. */
export function generateSelector(job: Job): void {
  const spec = job.spec;
  if (!spec || spec.manualSelector) return;
  spec.template ??= {};
  spec.template.metadata ??= {};
  spec.template.metadata.labels = { ...labelsOf(job), ...spec.template.metadata.labels };
  const uid = job.metadata?.uid ?? "";
  spec.selector = { ...spec.selector, matchLabels: { [uidLabel]: uid, ...spec.selector?.matchLabels } };
}

/** Checks that nobody gave other labels, or another selector, than those that are generated. */
export function validateGeneratedSelector(job: Job, errors: FieldErrors): void {
  const { spec = {}, metadata } = job;
  if (spec.manualSelector || !spec.selector) return;
  if (!metadata?.uid) errors.required("metadata.uid");
  const labels = spec.template?.metadata?.labels ?? {};
  const expected = labelsOf(job);
  for (const [key, value] of Object.entries(expected)) {
    const path = `spec.template.metadata.labels[${key}]`;
    if (labels[key] === undefined) errors.required(path, `must be '${value}'`);
    else if (labels[key] !== value) errors.invalid(path, labels, `must be '${value}'`);
  }
  if (isEmptySelector(spec.selector) || !selectorMatches(spec.selector, expected))
    errors.invalid("spec.selector", spec.selector, "`selector` not auto-generated");
}
