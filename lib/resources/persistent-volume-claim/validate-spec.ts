import type { PersistentVolumeClaimSpec } from "../../../gen/typernetes/core/v1/persistent_volume_claim.ts";
import type { TypedObjectReference } from "../../../gen/typernetes/core/v1/reference.ts";
import { deepEqual } from "../../api/deep.ts";
import type { FieldErrors } from "../../api/field-errors.ts";
import { dns1123Label } from "../../api/names.ts";
import { validateLabelSelector } from "../label-selector.ts";
import { checkPositiveAmount } from "../pod-template/validate-resources.ts";
import { checkDnsSubdomain, checkName, checkOptionalOneOf } from "../rules.ts";

/** How a volume may be mounted, in the order in which Kubernetes names them. */
const accessModes: readonly string[] = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];
/** What a volume is for a container. */
export const volumeModes: readonly string[] = ["Block", "Filesystem"];

const ownKind = "PersistentVolumeClaim";

/** Checks what a claim asks for, also in a template. */
export function validateClaimSpec(spec: PersistentVolumeClaimSpec, path: string, errors: FieldErrors): void {
  validateAccessModes(spec.accessModes ?? [], `${path}.accessModes`, "at least 1 access mode is required", errors);
  validateLabelSelector(spec.selector, `${path}.selector`, errors);
  const storage = spec.resources?.requests?.storage;
  const at = `${path}.resources[storage]`;
  if (storage === undefined) errors.required(at);
  else checkPositiveAmount("storage", storage, at, errors);
  for (const field of ["storageClassName", "volumeAttributesClassName"] as const)
    if (spec[field]) checkDnsSubdomain(spec[field], `${path}.${field}`, errors);
  checkOptionalOneOf(spec.volumeMode, volumeModes, `${path}.volumeMode`, errors);
  validateSources(spec, path, errors);
}

/** Checks access modes, of claims and volumes. `message` says what is wrong with none. */
export function validateAccessModes(
  modes: readonly string[],
  path: string,
  message: string,
  errors: FieldErrors,
): void {
  if (modes.length === 0) errors.required(path, message);
  for (const mode of modes) if (!accessModes.includes(mode)) errors.notSupported(path, mode, accessModes);
  if (modes.includes("ReadWriteOncePod") && modes.some((mode) => mode !== "ReadWriteOncePod"))
    errors.forbidden(path, "may not use ReadWriteOncePod with other access modes");
}

function validateSources(
  { dataSource, dataSourceRef }: PersistentVolumeClaimSpec,
  path: string,
  errors: FieldErrors,
): void {
  if (dataSource) validateSource(dataSource, `${path}.dataSource`, errors);
  if (dataSourceRef) validateSource(dataSourceRef, `${path}.dataSourceRef`, errors);
  if (!dataSource || !dataSourceRef) return;
  if (dataSourceRef.namespace)
    errors.invalid(path, `${path}.dataSource`, "may not be specified when dataSourceRef.namespace is specified");
  else if (!deepEqual({ ...dataSource }, { ...dataSourceRef }))
    errors.invalid(path, `${path}.dataSource`, "must match dataSourceRef");
}

function validateSource(source: TypedObjectReference, path: string, errors: FieldErrors): void {
  const { kind, name, apiGroup, namespace } = source;
  if (!name) errors.required(`${path}.name`);
  if (!kind) errors.required(`${path}.kind`);
  if (apiGroup) checkDnsSubdomain(apiGroup, `${path}.apiGroup`, errors);
  else if (kind !== ownKind)
    errors.invalid(path, kind ?? "", `must be '${ownKind}' when referencing the default apiGroup`);
  if (namespace) checkName(dns1123Label, namespace, `${path}.namespace`, errors);
}
