import type { StorageClass } from "../../../gen/typernetes/storage/v1/storage_class.ts";
import { deepEqual } from "../../api/deep.ts";
import type { FieldErrors } from "../../api/field-errors.ts";
import { qualifiedName } from "../../api/names.ts";
import { validateImmutable } from "../../api/object-meta.ts";
import { ageColumn, nameColumn, textColumn } from "../columns.ts";
import { checkOneOf } from "../rules.ts";
import { schemaOf } from "../schema-of.ts";
import type { Strategy } from "../strategy.ts";
import { unset } from "../volume-columns.ts";

const isDefaultAnnotation = "storageclass.kubernetes.io/is-default-class";
const bindingModes = ["Immediate", "WaitForFirstConsumer"];
const reclaimPolicies = ["Delete", "Retain"];
const parametersMax = 512;
const parametersBytesMax = 256 * 1024;

/** How classes of storage behave. */
export const storageClass: Strategy<StorageClass> = {
  schema: schemaOf("storage.k8s.io", "v1", "storageclasses"),
  defaults(object) {
    object.reclaimPolicy ??= "Delete";
    object.volumeBindingMode ??= "Immediate";
  },
  validate,
  validateUpdate(object, old, errors) {
    for (const field of ["parameters", "provisioner", "reclaimPolicy"] as const)
      if (!deepEqual(object[field], old[field])) errors.forbidden(field, `updates to ${field} are forbidden.`);
    validateImmutable(object.volumeBindingMode, old.volumeBindingMode, "volumeBindingMode", errors);
  },
  hasGeneration: false,
  selectableFields: {},
  columns: [
    {
      ...nameColumn,
      cell({ metadata }) {
        const isDefault = metadata?.annotations?.[isDefaultAnnotation] === "true";
        return `${metadata?.name ?? ""}${isDefault ? " (default)" : ""}`;
      },
    },
    textColumn("Provisioner", "Who makes the volumes.", (it) => it.provisioner ?? ""),
    textColumn("ReclaimPolicy", "What becomes of volumes without claim.", (it) => it.reclaimPolicy ?? "Delete"),
    textColumn("VolumeBindingMode", "When volumes are made.", (it) => it.volumeBindingMode ?? unset),
    textColumn("AllowVolumeExpansion", "Whether volumes may grow.", (it) => String(it.allowVolumeExpansion ?? false)),
    ageColumn,
  ],
};

function validate(object: StorageClass, errors: FieldErrors): void {
  const provisioner = object.provisioner ?? "";
  if (!provisioner) errors.required("provisioner");
  else
    for (const message of qualifiedName(provisioner.toLowerCase())) errors.invalid("provisioner", provisioner, message);
  validateParameters(object.parameters ?? {}, errors);
  checkOneOf(object.reclaimPolicy, reclaimPolicies, "reclaimPolicy", errors);
  checkOneOf(object.volumeBindingMode, bindingModes, "volumeBindingMode", errors);
}

function validateParameters(parameters: Readonly<Record<string, string>>, errors: FieldErrors): void {
  const entries = Object.entries(parameters);
  if (entries.length > parametersMax) {
    errors.tooLong("parameters", parametersMax);
    return;
  }
  if (entries.some(([name]) => name === "")) errors.invalid("parameters", "", "field can not be empty.");
  if (entries.join("").length > parametersBytesMax) errors.tooLong("parameters", parametersBytesMax);
}
