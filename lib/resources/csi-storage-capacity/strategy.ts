import type { CSIStorageCapacity } from "../../../gen/typernetes/storage/v1/csi_storage_capacity.ts";
import type { FieldErrors } from "../../api/field-errors.ts";
import { validateImmutable } from "../../api/object-meta.ts";
import { textColumn } from "../columns.ts";
import { validateLabelSelector } from "../label-selector.ts";
import { checkAmount } from "../pod-template/validate-resources.ts";
import { checkDnsSubdomain } from "../rules.ts";
import { schemaOf } from "../schema-of.ts";
import type { Strategy } from "../strategy.ts";
import { unset } from "../volume-columns.ts";

/** How notes on the room that a storage driver has somewhere behave. */
export const csiStorageCapacity: Strategy<CSIStorageCapacity> = {
  schema: schemaOf("storage.k8s.io", "v1", "csistoragecapacities"),
  validate,
  validateUpdate(object, old, errors) {
    for (const field of ["nodeTopology", "storageClassName"] as const)
      validateImmutable(object[field], old[field], field, errors);
  },
  updatesNeedVersion: true,
  hasGeneration: false,
  selectableFields: {},
  columns: [
    textColumn("StorageClassName", "Class of the storage.", (it) => it.storageClassName ?? ""),
    textColumn("Capacity", "How much room there is.", (it) => it.capacity ?? unset),
  ],
};

function validate(object: CSIStorageCapacity, errors: FieldErrors): void {
  validateLabelSelector(object.nodeTopology, "nodeTopology", errors);
  checkDnsSubdomain(object.storageClassName ?? "", "storageClassName", errors);
  for (const field of ["capacity", "maximumVolumeSize"] as const)
    if (object[field] !== undefined) checkAmount("storage", object[field], field, errors);
}
