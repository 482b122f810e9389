import type { Namespace } from "../../../gen/typernetes/core/v1/namespace.ts";
import type { FieldErrors } from "../../api/field-errors.ts";
import { labelName } from "../../api/names.ts";
import { ageColumn, textColumn } from "../columns.ts";
import { checkQualifiedName } from "../rules.ts";
import { schemaOf } from "../schema-of.ts";
import { keepSpec, keepStatus } from "../status-rules.ts";
import type { Strategy } from "../strategy.ts";

const nameLabel = "kubernetes.io/metadata.name";
const finalizer = "kubernetes";
const standardFinalizers = [finalizer, "orphan", "foregroundDeletion"];

/** How namespaces behave. */
export const namespace: Strategy<Namespace> = {
  schema: schemaOf("", "v1", "namespaces"),
  nameRule: labelName,
  defaults: defaultNamespace,
  prepareForCreate(object) {
    object.status = { phase: "Active" };
    const finalizers = object.spec?.finalizers ?? [];
    if (!finalizers.includes(finalizer)) object.spec = { ...object.spec, finalizers: [...finalizers, finalizer] };
  },
  prepareForUpdate(object, old) {
    // The finalizers of a namespace change by its own subresource alone.
    object.spec = { ...object.spec, finalizers: old.spec?.finalizers };
    keepStatus(object, old);
  },
  prepareForStatusUpdate: keepSpec,
  validate(object, errors) {
    for (const name of object.spec?.finalizers ?? []) validateFinalizer(name, "spec.finalizers", errors);
  },
  validateStatusUpdate: validatePhase,
  hasGeneration: false,
  selectableFields: { "status.phase": (it) => it.status?.phase ?? "" },
  columns: [
    textColumn("Status", "Whether the namespace is in use or going.", (it) => it.status?.phase ?? ""),
    ageColumn,
  ],
};

function defaultNamespace(object: Namespace): void {
  const metadata = object.metadata;
  if (metadata?.name && metadata.labels?.[nameLabel] !== metadata.name)
    metadata.labels = { ...metadata.labels, [nameLabel]: metadata.name };
  if (!object.status?.phase) object.status = { ...object.status, phase: "Active" };
}

function validateFinalizer(name: string, path: string, errors: FieldErrors): void {
  checkQualifiedName(name, path, errors);
  if (!name.includes("/") && !standardFinalizers.includes(name))
    errors.invalid(path, name, "name is neither a standard finalizer name nor is it fully qualified");
}

function validatePhase(object: Namespace, _old: Namespace, errors: FieldErrors): void {
  const phase = object.status?.phase ?? "";
  const isDeleted = object.metadata?.deletionTimestamp !== undefined;
  if (!isDeleted && phase !== "Active")
    errors.invalid("status.Phase", phase, "may only be 'Active' if `deletionTimestamp` is empty");
  if (isDeleted && phase !== "Terminating")
    errors.invalid("status.Phase", phase, "may only be 'Terminating' if `deletionTimestamp` is not empty");
}
