import type { Container, Pod, PodSchedulingGate, PodSpec } from "../../../gen/typernetes/core/v1/pod.ts";
import type { Toleration } from "../../../gen/typernetes/core/v1/reference.ts";
import { deepEqual } from "../../api/deep.ts";
import type { FieldErrors } from "../../api/field-errors.ts";
import { semanticEqual } from "../../api/semantic-equal.ts";
import { mirrorAnnotation } from "../pod-template/validate-pod-annotations.ts";
import { checkRange, maxInt32 } from "../rules.ts";
import { withoutGatedChanges } from "./validate-gated-update.ts";

const specMessage = "core.v1.PodSpec";
const changeable = [
  "`spec.containers[*].image`",
  "`spec.initContainers[*].image`",
  "`spec.activeDeadlineSeconds`",
  "`spec.tolerations` (only additions to existing tolerations)",
  "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)",
].join(",");

/** Checks what an update does to a pod: little of a running pod may change. */
export function validatePodUpdate(pod: Pod, old: Pod, errors: FieldErrors): void {
  const spec = pod.spec ?? {};
  const before = old.spec ?? {};
  validateMirrorAnnotation(pod, old, errors);
  if (!validateSameContainers(spec, before, errors) || !validateDeadline(spec, before, errors)) return;
  validateTolerationsAdded(spec.tolerations ?? [], before.tolerations ?? [], errors);
  validateGatesRemoved(spec.schedulingGates ?? [], before.schedulingGates ?? [], errors);
  if (semanticEqual(specMessage, spec, before)) return;
  const rest = before.schedulingGates?.length ? withoutGatedChanges(spec, before, errors) : spec;
  if (!semanticEqual(specMessage, withoutChangeable(rest, before), before))
    errors.forbidden("spec", `pod updates may not change fields other than ${changeable}`);
}

function validateMirrorAnnotation(pod: Pod, old: Pod, errors: FieldErrors): void {
  const now = pod.metadata?.annotations?.[mirrorAnnotation];
  const before = old.metadata?.annotations?.[mirrorAnnotation];
  const path = `metadata.annotations[${mirrorAnnotation}]`;
  if (before !== undefined && now !== before) errors.forbidden(path, "may not remove or update mirror pod annotation");
  if (before === undefined && now !== undefined) errors.forbidden(path, "may not add mirror pod annotation");
}

function validateSameContainers(spec: PodSpec, old: PodSpec, errors: FieldErrors): boolean {
  for (const field of ["containers", "initContainers"] as const) {
    if ((spec[field]?.length ?? 0) === (old[field]?.length ?? 0)) continue;
    errors.forbidden(`spec.${field}`, "pod updates may not add or remove containers");
    return false;
  }
  return true;
}

/** A deadline may be set, and brought nearer. */
function validateDeadline(spec: PodSpec, old: PodSpec, errors: FieldErrors): boolean {
  const path = "spec.activeDeadlineSeconds";
  const now = spec.activeDeadlineSeconds;
  const before = old.activeDeadlineSeconds;
  const count = errors.count;
  if (now === undefined) {
    if (before !== undefined) errors.invalid(path, null, "must not update from a positive integer to nil value");
    return true;
  }
  checkRange(now, 0, maxInt32, path, errors);
  if (before !== undefined && before < now) errors.invalid(path, now, "must be less than or equal to previous value");
  return errors.count === count;
}

function validateTolerationsAdded(now: readonly Toleration[], old: readonly Toleration[], errors: FieldErrors): void {
  const isKept = (toleration: Toleration) =>
    now.some((it) => deepEqual({ ...toleration, tolerationSeconds: it.tolerationSeconds }, it));
  if (!old.every(isKept))
    errors.forbidden("spec.tolerations", "existing toleration can not be modified except its tolerationSeconds");
}

function validateGatesRemoved(
  now: readonly PodSchedulingGate[],
  old: readonly PodSchedulingGate[],
  errors: FieldErrors,
): void {
  for (const [index, gate] of now.entries())
    if (!old.some((it) => it.name === gate.name))
      errors.forbidden(
        `spec.schedulingGates[${index}].name`,
        `only deletion is allowed, but found new scheduling gate '${gate.name}'`,
      );
}

/** The specification as if nothing that may change had. */
function withoutChangeable(spec: PodSpec, old: PodSpec): PodSpec {
  const hadNegativeGrace = (old.terminationGracePeriodSeconds ?? 0) < 0 && spec.terminationGracePeriodSeconds === 1;
  return {
    ...spec,
    containers: withImagesOf(spec.containers, old.containers),
    initContainers: withImagesOf(spec.initContainers, old.initContainers),
    activeDeadlineSeconds: old.activeDeadlineSeconds,
    schedulingGates: old.schedulingGates,
    tolerations: old.tolerations,
    ...(hadNegativeGrace && { terminationGracePeriodSeconds: old.terminationGracePeriodSeconds }),
  };
}

function withImagesOf(containers: Container[] = [], old: Container[] = []): Container[] {
  return containers.map((container, index) => ({ ...container, image: old[index]?.image }));
}
