import type { PodTemplateSpec } from "../../gen/typernetes/core/v1/pod_template.ts";
import type { LabelSelector } from "../../gen/typernetes/meta/v1/selector.ts";
import type { FieldErrors } from "../api/field-errors.ts";
import { labelMatcherOf } from "../api/label-selector.ts";
import { isEmptySelector, validateLabelSelector } from "./label-selector.ts";
import { validatePodTemplate } from "./pod-template/validate.ts";
import { checkNonNegative } from "./rules.ts";

/** What Kubernetes says of a template whose pods its workload would not find. */
export const selectorMismatch = "`selector` does not match template `labels`";

/** What workloads whose pods run forever have in common. */
export interface Workload {
  selector?: LabelSelector | undefined;
  template?: PodTemplateSpec | undefined;
  replicas?: number | undefined;
  minReadySeconds?: number | undefined;
}

/** Checks replicas, selector and template of a Deployment or ReplicaSet. */
export function validateWorkload(spec: Workload, path: string, errors: FieldErrors): void {
  checkNonNegative(spec.replicas, `${path}.replicas`, errors);
  checkNonNegative(spec.minReadySeconds, `${path}.minReadySeconds`, errors);
  validateSelector(spec.selector, `${path}.selector`, errors);
  validateTemplate(spec, path, errors);
}

function validateSelector(selector: LabelSelector | undefined, path: string, errors: FieldErrors): void {
  if (!selector) errors.required(path);
  else if (isEmptySelector(selector)) errors.invalid(path, selector, "empty selector is invalid for deployment");
  else validateLabelSelector(selector, path, errors);
}

function validateTemplate({ selector, template = {} }: Workload, path: string, errors: FieldErrors): void {
  const at = `${path}.template`;
  const labels = template.metadata?.labels;
  if (!isEmptySelector(selector) && !selectorMatches(selector, labels))
    errors.invalid(`${at}.metadata.labels`, labels ?? {}, selectorMismatch);
  validatePodTemplate(template, at, errors);
  validateRunsForever(template, "ReplicaSet", at, errors);
}

/** Checks that nothing in the template of `kind` lets its pods end by themselves. */
export function validateRunsForever(template: PodTemplateSpec, kind: string, path: string, errors: FieldErrors): void {
  const { restartPolicy, activeDeadlineSeconds } = template.spec ?? {};
  if (restartPolicy && restartPolicy !== "Always")
    errors.notSupported(`${path}.spec.restartPolicy`, restartPolicy, ["Always"]);
  if (activeDeadlineSeconds !== undefined)
    errors.forbidden(`${path}.spec.activeDeadlineSeconds`, `activeDeadlineSeconds in ${kind} is not Supported`);
}

/** Whether a selector takes the labels. One that is malformed is reported as such, so it is said to take them. */
export function selectorMatches(
  selector: LabelSelector | undefined,
  labels: Readonly<Record<string, string>> | undefined,
): boolean {
  try {
    return labelMatcherOf(selector).matches(labels);
  } catch {
    return true;
  }
}

/** Checks counts of a status: none is negative, and none of `parts` is more than `replicas`. */
export function validateReplicaCounts<F extends string>(
  status: { readonly [field in F | "replicas"]?: number | undefined },
  parts: readonly F[],
  errors: FieldErrors,
): void {
  const replicas = status.replicas ?? 0;
  checkNonNegative(replicas, "status.replicas", errors);
  for (const field of parts) {
    const count = status[field] ?? 0;
    checkNonNegative(count, `status.${field}`, errors);
    if (count > replicas) errors.invalid(`status.${field}`, count, "cannot be greater than status.replicas");
  }
}
