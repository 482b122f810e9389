import type { ManagedFieldsEntry, ObjectMeta, OwnerReference } from "../../gen/typernetes/meta/v1/object_meta.ts";
import { deepEqual } from "./deep.ts";
import type { FieldErrors } from "./field-errors.ts";
import { labelName, labelValue, type ObjectNameRule, qualifiedName, subdomainName } from "./names.ts";
import { utf8Length } from "./utf8-length.ts";

const annotationBytesMax = 256 * 1024;
const immutable = "field is immutable";
const orphan = "orphan";
const foreground = "foregroundDeletion";
const standardFinalizers = ["kubernetes", orphan, foreground];

/** Longest name to which the apiserver appends five random characters: names end at 63 characters. */
export const generatedNameBaseMax = 63 - 5;

/**
 * Checks the metadata of an object about to be stored; its name has been generated already. `nameRule` is the kind's rule
 * for names.
 */
export function validateObjectMeta(
  meta: ObjectMeta,
  namespaced: boolean,
  path: string,
  errors: FieldErrors,
  nameRule: ObjectNameRule = subdomainName,
): void {
  if (meta.generateName) {
    for (const message of nameRule(meta.generateName, true))
      errors.invalid(`${path}.generateName`, meta.generateName, message);
  }
  if (!meta.name) errors.required(`${path}.name`, "name or generateName is required");
  else for (const message of nameRule(meta.name, false)) errors.invalid(`${path}.name`, meta.name, message);
  validateNamespace(meta.namespace, namespaced, path, errors);
  if ((meta.generation ?? 0) < 0)
    errors.invalid(`${path}.generation`, meta.generation, "must be greater than or equal to 0");
  validateParts(meta, path, errors);
}

function validateNamespace(
  namespace: string | undefined,
  namespaced: boolean,
  path: string,
  errors: FieldErrors,
): void {
  const field = `${path}.namespace`;
  if (!namespaced) {
    if (namespace) errors.forbidden(field, "not allowed on this type");
  } else if (!namespace) errors.required(field);
  else for (const message of labelName(namespace, false)) errors.invalid(field, namespace, message);
}

function validateParts(meta: ObjectMeta, path: string, errors: FieldErrors): void {
  const { labels, annotations, ownerReferences, finalizers, managedFields } = meta;
  if (labels) validateLabels(labels, `${path}.labels`, errors);
  if (annotations) validateAnnotations(annotations, `${path}.annotations`, errors);
  if (ownerReferences) validateOwnerReferences(ownerReferences, `${path}.ownerReferences`, errors);
  if (finalizers) validateFinalizers(finalizers, `${path}.finalizers`, errors);
  if (managedFields) validateManagedFields(managedFields, `${path}.managedFields`, errors);
}

/** Checks keys and values of labels (`metadata.labels`, `spec.nodeSelector`, …). */
export function validateLabels(labels: Record<string, string> | undefined, path: string, errors: FieldErrors): void {
  for (const [key, value] of Object.entries(labels ?? {})) {
    for (const message of qualifiedName(key)) errors.invalid(path, key, message);
    for (const message of labelValue(value)) errors.invalid(path, value, message);
  }
}

/** Checks keys and the size of all annotations together. */
export function validateAnnotations(
  annotations: Record<string, string> | undefined,
  path: string,
  errors: FieldErrors,
): void {
  let length = 0;
  for (const [key, value] of Object.entries(annotations ?? {})) {
    for (const message of qualifiedName(key.toLowerCase())) errors.invalid(path, key, message);
    length += key.length + value.length;
  }
  // No character takes more than three bytes for each unit of its length.
  if (length * 3 <= annotationBytesMax) return;
  let bytes = 0;
  for (const [key, value] of Object.entries(annotations ?? {})) bytes += utf8Length(key) + utf8Length(value);
  if (bytes > annotationBytesMax) errors.tooLong(path, annotationBytesMax);
}

function validateOwnerReferences(owners: readonly OwnerReference[], path: string, errors: FieldErrors): void {
  let controller: string | undefined;
  for (const owner of owners) {
    validateOwnerReference(owner, path, errors);
    if (!owner.controller) continue;
    const name = `${owner.kind}/${owner.name}`;
    if (controller === undefined) controller = name;
    else
      errors.invalid(
        path,
        owners,
        `Only one reference can have Controller set to true. Found "true" in references for ${controller} and ${name}`,
      );
  }
}

function validateOwnerReference(owner: OwnerReference, path: string, errors: FieldErrors): void {
  const version = (owner.apiVersion ?? "").split("/");
  if (version.length > 2 || !version.at(-1))
    errors.invalid(`${path}.apiVersion`, owner.apiVersion ?? "", "version must not be empty");
  for (const field of ["kind", "name", "uid"] as const)
    if (!owner[field]) errors.invalid(`${path}.${field}`, "", "must not be empty");
  if (owner.apiVersion === "v1" && owner.kind === "Event")
    errors.invalid(path, owner, "/v1, Kind=Event is disallowed from being an owner");
}

function validateFinalizers(finalizers: readonly string[], path: string, errors: FieldErrors): void {
  for (const [index, finalizer] of finalizers.entries()) {
    for (const message of qualifiedName(finalizer)) errors.invalid(path, finalizer, message);
    if (!finalizer.includes("/") && !standardFinalizers.includes(finalizer))
      errors.invalid(
        `${path}[${index}]`,
        finalizer,
        "name is neither a standard finalizer name nor is it fully qualified",
      );
  }
  if (finalizers.includes(orphan) && finalizers.includes(foreground))
    errors.invalid(path, finalizers, `finalizer ${orphan} and ${foreground} cannot be both set`);
}

function validateManagedFields(entries: readonly ManagedFieldsEntry[], path: string, errors: FieldErrors): void {
  for (const [index, entry] of entries.entries()) {
    const at = `${path}[${index}]`;
    if (entry.operation !== "Apply" && entry.operation !== "Update")
      errors.invalid(`${at}.operation`, entry.operation ?? "", "must be `Apply` or `Update`");
    if (entry.fieldsType !== undefined && entry.fieldsType !== "FieldsV1")
      errors.invalid(`${at}.fieldsType`, entry.fieldsType, "must be `FieldsV1`");
    if ((entry.manager ?? "").length > 128) errors.tooLong(`${at}.manager`, 128);
  }
}

const immutableFields = [
  "name",
  "namespace",
  "uid",
  "creationTimestamp",
  "deletionTimestamp",
  "deletionGracePeriodSeconds",
] as const;

/**
 * What the server set and a client left out comes from `old`, and the time of creation in any case. Call before
 * `validateObjectMetaUpdate`.
 */
export function inheritObjectMeta(meta: ObjectMeta, old: ObjectMeta): void {
  meta.uid ??= old.uid;
  meta.creationTimestamp = old.creationTimestamp ?? meta.creationTimestamp;
  meta.deletionTimestamp ??= old.deletionTimestamp;
  meta.deletionGracePeriodSeconds ??= old.deletionGracePeriodSeconds;
}

/** Checks what an update does to metadata: the parts themselves, and what may not change. */
export function validateObjectMetaUpdate(meta: ObjectMeta, old: ObjectMeta, path: string, errors: FieldErrors): void {
  if (old.deletionTimestamp !== undefined) validateNoNewFinalizers(meta, old, path, errors);
  if (!meta.resourceVersion) errors.invalid(`${path}.resourceVersion`, "", "must be specified for an update");
  if ((meta.generation ?? 0) < (old.generation ?? 0))
    errors.invalid(`${path}.generation`, meta.generation ?? 0, "must not be decremented");
  for (const field of immutableFields)
    if ((meta[field] ?? "") !== (old[field] ?? "")) errors.invalid(`${path}.${field}`, meta[field] ?? "", immutable);
  validateParts(meta, path, errors);
}

function validateNoNewFinalizers(meta: ObjectMeta, old: ObjectMeta, path: string, errors: FieldErrors): void {
  const before = new Set(old.finalizers);
  const added = [...new Set(meta.finalizers)].filter((finalizer) => !before.has(finalizer)).sort();
  if (added.length === 0) return;
  const list = added.map((finalizer) => JSON.stringify(finalizer)).join(", ");
  errors.forbidden(
    `${path}.finalizers`,
    `no new finalizers can be added if the object is being deleted, found new finalizers []string{${list}}`,
  );
}

/** Reports a field that differs from its old value. */
export function validateImmutable(value: unknown, old: unknown, path: string, errors: FieldErrors): void {
  if (!deepEqual(value, old)) errors.invalid(path, value, immutable);
}
