import type { Pod, PodSpec } from "../../../gen/typernetes/core/v1/pod.ts";
import type { FieldErrors } from "../../api/field-errors.ts";
import { Quantity } from "../../base/quantity.ts";
import { validatePodSpec } from "../pod-template/validate.ts";
import { validatePodAnnotations } from "../pod-template/validate-pod-annotations.ts";
import { amountOf, containerAmounts } from "./pod-requests.ts";

/** Checks a pod about to be stored, but for what all metadata has in common. */
export function validatePod(pod: Pod, errors: FieldErrors): void {
  const { metadata = {}, spec = {} } = pod;
  validatePodAnnotations(metadata.annotations, spec, "metadata.annotations", errors);
  validatePodSpec(spec, metadata, "spec", errors);
  if (!spec.serviceAccountName) rejectTokens(spec, errors);
  if (spec.resources) validatePodTotals(spec, errors);
  if (!metadata.resourceVersion) validateNewPod(spec, errors);
}

function rejectTokens(spec: PodSpec, errors: FieldErrors): void {
  for (const [index, volume] of (spec.volumes ?? []).entries())
    for (const [at, source] of (volume.projected?.sources ?? []).entries())
      if (source.serviceAccountToken)
        errors.forbidden(
          `spec.volumes[${index}].projected.sources[${at}].serviceAccountToken`,
          "must not be specified when serviceAccountName is not set",
        );
}

/** An object that is not stored yet has no resource version. */
function validateNewPod(spec: PodSpec, errors: FieldErrors): void {
  if (spec.ephemeralContainers?.length) errors.forbidden("spec.ephemeralContainers", "cannot be set on create");
  if (spec.nodeName && spec.schedulingGates?.length)
    errors.forbidden("spec.nodeName", "cannot be set until all schedulingGates have been cleared");
}

/** What a pod names for itself must hold what its containers name. */
function validatePodTotals(spec: PodSpec, errors: FieldErrors): void {
  if (errors.causes.length > 0) return;
  const { requests = {}, limits = {} } = spec.resources ?? {};
  for (const [name, sum] of Object.entries(containerAmounts(spec, "requests"))) {
    const own = requests[name] ?? "0";
    const shown = name === "cpu" ? Quantity.ofMilli(sum) : Quantity.of(sum, "BinarySI");
    if (sum > amountOf(name, own))
      errors.invalid(
        `spec.resources.requests[${name}]`,
        own,
        `must be greater than or equal to aggregate container requests of ${shown}`,
      );
  }
  for (const [index, container] of (spec.containers ?? []).entries())
    for (const [name, limit] of Object.entries(container.resources?.limits ?? {})) {
      const own = limits[name];
      if (own !== undefined && amountOf(name, limit) > amountOf(name, own))
        errors.invalid(
          `spec.resources.containers[${index}][${name}].limits`,
          limit,
          `must be less than or equal to pod limits of ${own}`,
        );
    }
}
