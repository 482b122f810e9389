import type {
  StatefulSet,
  StatefulSetSpec,
  StatefulSetUpdateStrategy,
} from "../../../gen/typernetes/apps/v1/stateful_set.ts";
import type { Volume } from "../../../gen/typernetes/core/v1/pod.ts";
import type { PodTemplateSpec } from "../../../gen/typernetes/core/v1/pod_template.ts";
import type { FieldErrors } from "../../api/field-errors.ts";
import { semanticEqual } from "../../api/semantic-equal.ts";
import { checkIntOrPercent, checkNotMoreThanAll, isZero } from "../int-or-percent.ts";
import { isEmptySelector, validateLabelSelector } from "../label-selector.ts";
import { validateClaimSpec } from "../persistent-volume-claim/validate-spec.ts";
import { validatePodTemplate } from "../pod-template/validate.ts";
import { checkDnsSubdomain, checkNonNegative } from "../rules.ts";
import { selectorMatches, selectorMismatch, validateReplicaCounts, validateRunsForever } from "../workload.ts";

/** Checks a stateful set. */
export function validateStatefulSet({ spec = {} }: StatefulSet, errors: FieldErrors): void {
  validatePolicies(spec, errors);
  checkNonNegative(spec.replicas, "spec.replicas", errors);
  checkNonNegative(spec.minReadySeconds, "spec.minReadySeconds", errors);
  checkNonNegative(spec.revisionHistoryLimit, "spec.revisionHistoryLimit", errors);
  checkNonNegative(spec.ordinals?.start, "spec.ordinals.start", errors);
  validateSelector(spec, errors);
  for (const [index, claim] of (spec.volumeClaimTemplates ?? []).entries())
    validateClaimSpec(claim.spec ?? {}, `spec.volumeClaimTemplates[${index}].spec`, errors);
  if (spec.serviceName) checkDnsSubdomain(spec.serviceName, "spec.serviceName", errors);
  validateTemplate(spec, errors);
}

const whenPolicies = ["Retain", "Delete"];

function validatePolicies(spec: StatefulSetSpec, errors: FieldErrors): void {
  const management = spec.podManagementPolicy ?? "";
  if (!management) errors.required("spec.podManagementPolicy");
  else if (management !== "OrderedReady" && management !== "Parallel")
    errors.invalid("spec.podManagementPolicy", management, "must be 'OrderedReady' or 'Parallel'");
  validateUpdateStrategy(spec.updateStrategy ?? {}, "spec.updateStrategy", errors);
  const retention = spec.persistentVolumeClaimRetentionPolicy;
  for (const field of ["whenDeleted", "whenScaled"] as const) {
    const value = retention?.[field] ?? "";
    if (retention && !whenPolicies.includes(value))
      errors.notSupported(`spec.persistentVolumeClaimRetentionPolicy.${field}`, value, whenPolicies);
  }
}

function validateUpdateStrategy(strategy: StatefulSetUpdateStrategy, path: string, errors: FieldErrors): void {
  const { type = "", rollingUpdate } = strategy;
  if (!type) errors.required(path);
  else if (type === "OnDelete") {
    if (rollingUpdate)
      errors.invalid(`${path}.rollingUpdate`, rollingUpdate, "only allowed for updateStrategy 'RollingUpdate'");
  } else if (type !== "RollingUpdate") errors.invalid(path, strategy, "must be 'RollingUpdate' or 'OnDelete'");
  else if (rollingUpdate) {
    checkNonNegative(rollingUpdate.partition, `${path}.rollingUpdate.partition`, errors);
    const unavailable = rollingUpdate.maxUnavailable;
    if (unavailable === undefined) return;
    const at = `${path}.rollingUpdate.maxUnavailable`;
    checkIntOrPercent(unavailable, at, errors);
    if (isZero(unavailable)) errors.invalid(at, unavailable, "cannot be 0");
    checkNotMoreThanAll(unavailable, at, errors);
  }
}

function validateSelector({ selector }: StatefulSetSpec, errors: FieldErrors): void {
  if (!selector) errors.required("spec.selector");
  else if (isEmptySelector(selector))
    errors.invalid("spec.selector", selector, "empty selector is invalid for statefulset");
  else validateLabelSelector(selector, "spec.selector", errors);
}

function validateTemplate(spec: StatefulSetSpec, errors: FieldErrors): void {
  const { selector, template = {} } = spec;
  const labels = template.metadata?.labels;
  if (!isEmptySelector(selector) && !selectorMatches(selector, labels))
    errors.invalid("spec.template.metadata.labels", labels ?? {}, selectorMismatch);
  validatePodTemplate(withClaims(template, spec), "spec.template", errors);
  validateRunsForever(template, "StatefulSet", "spec.template", errors);
}

/** The template as its pods will have it: a claim takes the place of a volume of its name. */
function withClaims(template: PodTemplateSpec, { volumeClaimTemplates = [] }: StatefulSetSpec): PodTemplateSpec {
  const names = new Set(volumeClaimTemplates.map((claim) => claim.metadata?.name ?? ""));
  if (names.size === 0) return template;
  const claimed: Volume[] = [...names].map((name) => ({ name, persistentVolumeClaim: { claimName: name } }));
  const own = (template.spec?.volumes ?? []).filter((volume) => !names.has(volume.name ?? ""));
  return { ...template, spec: { ...template.spec, volumes: [...own, ...claimed] } };
}

const changeable = [
  "replicas",
  "ordinals",
  "template",
  "updateStrategy",
  "revisionHistoryLimit",
  "persistentVolumeClaimRetentionPolicy",
  "minReadySeconds",
] as const;

/** Checks what an update does: little but the template and the numbers may change. */
export function validateStatefulSetUpdate(set: StatefulSet, old: StatefulSet, errors: FieldErrors): void {
  const before: StatefulSetSpec = old.spec ?? {};
  const restored: StatefulSetSpec = { ...set.spec };
  for (const field of changeable) Object.assign(restored, { [field]: before[field] });
  if (semanticEqual("apps.v1.StatefulSetSpec", restored, before)) return;
  const names = changeable.map((field) => `'${field}'`);
  const list = `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
  errors.forbidden("spec", `updates to statefulset spec for fields other than ${list} are forbidden`);
}

const countedParts = ["readyReplicas", "currentReplicas", "updatedReplicas", "availableReplicas"] as const;

/** Checks a status that replaces `old`'s. */
export function validateStatefulSetStatus({ status = {} }: StatefulSet, old: StatefulSet, errors: FieldErrors): void {
  checkNonNegative(status.observedGeneration, "status.observedGeneration", errors);
  checkNonNegative(status.collisionCount, "status.collisionCount", errors);
  validateReplicaCounts(status, countedParts, errors);
  if ((status.availableReplicas ?? 0) > (status.readyReplicas ?? 0))
    errors.invalid("status.availableReplicas", status.availableReplicas, "cannot be greater than status.readyReplicas");
  if ((status.collisionCount ?? 0) < (old.status?.collisionCount ?? 0))
    errors.invalid("status.collisionCount", status.collisionCount ?? 0, "cannot be decremented");
}
