import type { PodSpec } from "../../../gen/typernetes/core/v1/pod.ts";
import type { FieldErrors } from "../../api/field-errors.ts";
import { maxInt32 } from "../rules.ts";

/** The annotation of a pod that a kubelet runs by itself. */
export const mirrorAnnotation = "kubernetes.io/config.mirror";
const deletionCostAnnotation = "controller.kubernetes.io/pod-deletion-cost";

/** Checks the annotations that mean something to Kubernetes itself. */
export function validatePodAnnotations(
  annotations: Readonly<Record<string, string>> | undefined,
  spec: PodSpec,
  path: string,
  errors: FieldErrors,
): void {
  if (!annotations) return;
  const mirror = annotations[mirrorAnnotation];
  if (mirror !== undefined && !spec.nodeName)
    errors.invalid(`${path}[${mirrorAnnotation}]`, mirror, "must set spec.nodeName if mirror pod annotation is set");
  const cost = annotations[deletionCostAnnotation];
  if (cost !== undefined && !isInt32(cost))
    errors.invalid(`${path}[${deletionCostAnnotation}]`, cost, "must be a 32bit integer");
}

function isInt32(text: string): boolean {
  const number = Number(text);
  return /^(0|-?[1-9][0-9]*)$/.test(text) && number >= -maxInt32 - 1 && number <= maxInt32;
}
