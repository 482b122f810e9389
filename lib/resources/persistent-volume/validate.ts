import { messages } from "../../../gen/schema.ts";
import type { PersistentVolume, PersistentVolumeSpec } from "../../../gen/typernetes/core/v1/persistent_volume.ts";
import type { CSIPersistentVolumeSource } from "../../../gen/typernetes/core/v1/volume_source.ts";
import { deepEqual } from "../../api/deep.ts";
import type { FieldErrors } from "../../api/field-errors.ts";
import { validateImmutable } from "../../api/object-meta.ts";
import { checkCsiDriverName } from "../driver-name.ts";
import { validateAccessModes, volumeModes } from "../persistent-volume-claim/validate-spec.ts";
import { validateNodeSelector } from "../pod-template/validate-node-selector.ts";
import { checkPositiveAmount } from "../pod-template/validate-resources.ts";
import { checkDnsLabel, checkDnsSubdomain, checkNoBacksteps, checkOptionalOneOf, checkRequired } from "../rules.ts";

const reclaimPolicies = ["Delete", "Recycle", "Retain"];
const notSources = new Set(["claimRef", "nodeAffinity"]);
/** Fields that say where the volume is; exactly one is given. */
const sources = (messages["core.v1.PersistentVolumeSpec"]?.fields ?? [])
  .filter((field) => field.message && !field.repeated && !field.map && !notSources.has(field.name))
  .map((field) => field.name);

/** Checks a volume. */
export function validatePersistentVolume({ spec = {} }: PersistentVolume, errors: FieldErrors): void {
  validateAccessModes(spec.accessModes ?? [], "spec.accessModes", "at least 1 access mode is required", errors);
  validateCapacity(spec.capacity ?? {}, "spec.capacity", errors);
  checkOptionalOneOf(spec.persistentVolumeReclaimPolicy, reclaimPolicies, "spec.persistentVolumeReclaimPolicy", errors);
  const required = spec.nodeAffinity?.required;
  if (required) validateNodeSelector(required, "spec.nodeAffinity.required", errors);
  else if (spec.nodeAffinity) errors.required("spec.nodeAffinity.required", "must specify required node constraints");
  validateSource(spec, "spec", errors);
  if (spec.hostPath?.path === "/" && spec.persistentVolumeReclaimPolicy === "Recycle")
    errors.forbidden("spec.persistentVolumeReclaimPolicy", "may not be 'recycle' for a hostPath mount of '/'");
  for (const field of ["storageClassName", "volumeAttributesClassName"] as const)
    if (spec[field]) checkDnsSubdomain(spec[field], `spec.${field}`, errors);
  checkOptionalOneOf(spec.volumeMode, volumeModes, "spec.volumeMode", errors);
}

/** Checks a volume that is written into what attaches it: a CSI volume and nothing about claims. */
export function validatePersistentVolumeSpec(spec: PersistentVolumeSpec, path: string, errors: FieldErrors): void {
  const forbidden = [
    "capacity",
    "claimRef",
    "persistentVolumeReclaimPolicy",
    "storageClassName",
    "volumeMode",
  ] as const;
  for (const field of forbidden)
    if (spec[field] !== undefined)
      errors.forbidden(`${path}.${field}`, "may not be specified in the context of inline volumes");
  if (!spec.csi) errors.required(`${path}.csi`, "");
  validateAccessModes(spec.accessModes ?? [], `${path}.accessModes`, "at least 1 access mode is required", errors);
  validateSource(spec, path, errors);
}

function validateCapacity(capacity: Readonly<Record<string, string>>, path: string, errors: FieldErrors): void {
  const names = Object.keys(capacity);
  if (names.length === 0) errors.required(path);
  else if (names.length > 1 || capacity.storage === undefined) errors.notSupported(path, capacity, ["storage"]);
  for (const [name, amount] of Object.entries(capacity)) checkPositiveAmount(name, amount, `${path}[${name}]`, errors);
}

function given(spec: PersistentVolumeSpec): string[] {
  const fields = new Set(Object.entries(spec).flatMap(([field, value]) => (value === undefined ? [] : [field])));
  return sources.filter((source) => fields.has(source));
}

function validateSource(spec: PersistentVolumeSpec, path: string, errors: FieldErrors): void {
  const [first, ...others] = given(spec);
  if (first === undefined) errors.required(path, "must specify a volume type");
  for (const source of others) errors.forbidden(`${path}.${source}`, "may not specify more than 1 volume type");
  const { hostPath, local, nfs, csi } = spec;
  for (const [field, source] of Object.entries({ hostPath, local })) {
    if (!source) continue;
    checkRequired(source, ["path"], `${path}.${field}`, errors);
    checkNoBacksteps(source.path ?? "", `${path}.${field}.path`, errors);
  }
  if (nfs) checkRequired(nfs, ["server", "path"], `${path}.nfs`, errors);
  if (csi) validateCsi(csi, `${path}.csi`, errors);
  if (local && !spec.nodeAffinity) errors.required("metadata.annotations", "Local volume requires node affinity");
}

const csiSecrets = [
  "controllerPublishSecretRef",
  "controllerExpandSecretRef",
  "nodePublishSecretRef",
  "nodeStageSecretRef",
  "nodeExpandSecretRef",
] as const;

function validateCsi(source: CSIPersistentVolumeSource, path: string, errors: FieldErrors): void {
  checkCsiDriverName(source.driver ?? "", `${path}.driver`, errors);
  checkRequired(source, ["volumeHandle"], path, errors);
  for (const field of csiSecrets) {
    const secret = source[field];
    if (!secret) continue;
    if (!secret.name) errors.required(`${path}.${field}.name`);
    else checkDnsSubdomain(secret.name, `${path}.name`, errors);
    if (!secret.namespace) errors.required(`${path}.${field}.namespace`);
    else checkDnsLabel(secret.namespace, `${path}.namespace`, errors);
  }
}

/** Checks what an update does: where a volume is, and for which nodes, stays. */
export function validatePersistentVolumeUpdate(
  { spec = {} }: PersistentVolume,
  old: PersistentVolume,
  errors: FieldErrors,
): void {
  const before = old.spec ?? {};
  const sourceOf = (it: PersistentVolumeSpec) =>
    Object.entries(it).filter(([field, value]) => value !== undefined && sources.includes(field));
  if (!deepEqual(sourceOf(spec), sourceOf(before)))
    errors.forbidden("spec.persistentvolumesource", "spec.persistentvolumesource is immutable after creation");
  validateImmutable(spec.volumeMode, before.volumeMode, "spec.volumeMode", errors);
  if (before.nodeAffinity) validateImmutable(spec.nodeAffinity, before.nodeAffinity, "spec.nodeAffinity", errors);
}
