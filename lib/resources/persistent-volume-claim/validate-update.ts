import type {
  PersistentVolumeClaim,
  PersistentVolumeClaimSpec,
} from "../../../gen/typernetes/core/v1/persistent_volume_claim.ts";
import type { FieldErrors } from "../../api/field-errors.ts";
import { validateImmutable } from "../../api/object-meta.ts";
import { semanticEqual } from "../../api/semantic-equal.ts";
import { compareQuantities } from "../../base/quantity.ts";
import { checkAmount } from "../pod-template/validate-resources.ts";

/** Checks what an update does to a claim: one that is bound may grow and change its class of attributes. */
export function validateClaimUpdate(
  claim: PersistentVolumeClaim,
  old: PersistentVolumeClaim,
  errors: FieldErrors,
): void {
  const spec = claim.spec ?? {};
  const before = old.spec ?? {};
  if (!semanticEqual("core.v1.PersistentVolumeClaimSpec", withoutChangeable(spec, old), before))
    errors.forbidden(
      "spec",
      "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims",
    );
  else validateSize(spec, old, errors);
  validateImmutable(spec.volumeMode, before.volumeMode, "spec.volumeMode", errors);
  if (before.volumeAttributesClassName !== undefined && spec.volumeAttributesClassName === undefined)
    errors.forbidden("spec.volumeAttributesClassName", "update from non-nil value to nil is forbidden");
}

/** The new specification as if nothing that may change had. */
function withoutChangeable(spec: PersistentVolumeClaimSpec, old: PersistentVolumeClaim): PersistentVolumeClaimSpec {
  const before = old.spec ?? {};
  const restored: PersistentVolumeClaimSpec = { ...spec };
  if (!before.volumeName) restored.volumeName = before.volumeName;
  // A default class that comes later than a claim without one is given to it.
  if (!before.volumeName && before.storageClassName === undefined) restored.storageClassName = undefined;
  restored.volumeAttributesClassName = before.volumeAttributesClassName;
  const storage = before.resources?.requests?.storage;
  if (old.status?.phase === "Bound" && spec.resources?.requests && storage !== undefined)
    restored.resources = { ...spec.resources, requests: { ...spec.resources.requests, storage } };
  return restored;
}

/** After a growth that failed a claim may shrink again, but not below what it has. */
function validateSize(spec: PersistentVolumeClaimSpec, old: PersistentVolumeClaim, errors: FieldErrors): void {
  const now = spec.resources?.requests?.storage;
  const before = old.spec?.resources?.requests?.storage;
  if (now === undefined || before === undefined || compareQuantities(now, before) >= 0) return;
  if (compareQuantities(now, old.status?.capacity?.storage ?? "0") <= 0)
    errors.forbidden("spec.resources.requests.storage", "field can not be less than status.capacity");
}

/** Checks the amounts of a status. */
export function validateClaimStatus({ status, spec }: PersistentVolumeClaim, _old: object, errors: FieldErrors): void {
  if (!spec?.accessModes?.length) errors.required("Spec.accessModes");
  for (const field of ["capacity", "allocatedResources"] as const)
    for (const [name, amount] of Object.entries(status?.[field] ?? {}))
      checkAmount(name, amount, `status.${field}[${name}]`, errors);
}
