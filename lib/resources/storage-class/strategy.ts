import type { StorageClass } from "../../../gen/typernetes/storage/v1/storage_class.ts";
import { deepEqual } from "../../api/deep.ts";
import type { FieldErrors } from "../../api/field-errors.ts";
import { validateImmutable } from "../../api/object-meta.ts";
import { checkParameters } from "../class-parameters.ts";
import { ageColumn, defaultMarkedNameColumn, textColumn } from "../columns.ts";
import { checkProvisioner } from "../provisioner-name.ts";
import { checkOneOf } from "../rules.ts";
import { schemaOf } from "../schema-of.ts";
import type { Strategy } from "../strategy.ts";
import { unset } from "../volume-columns.ts";
import { validateTopologies } from "./validate-topologies.ts";

const bindingModes = ["Immediate", "WaitForFirstConsumer"];
const reclaimPolicies = ["Delete", "Retain"];

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
    defaultMarkedNameColumn("storageclass.kubernetes.io/is-default-class"),
    textColumn("Provisioner", "Who makes the volumes.", (it) => it.provisioner ?? ""),
    textColumn("ReclaimPolicy", "What becomes of volumes without claim.", (it) => it.reclaimPolicy ?? "Delete"),
    textColumn("VolumeBindingMode", "When volumes are made.", (it) => it.volumeBindingMode ?? unset),
    textColumn("AllowVolumeExpansion", "Whether volumes may grow.", (it) => String(it.allowVolumeExpansion ?? false)),
    ageColumn,
  ],
};

function validate(object: StorageClass, errors: FieldErrors): void {
  checkProvisioner(object.provisioner ?? "", "provisioner", errors);
  checkParameters(object.parameters ?? {}, "parameters", errors);
  checkOneOf(object.reclaimPolicy, reclaimPolicies, "reclaimPolicy", errors);
  checkOneOf(object.volumeBindingMode, bindingModes, "volumeBindingMode", errors);
  validateTopologies(object.allowedTopologies ?? [], "allowedTopologies", errors);
}
