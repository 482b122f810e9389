import type { VolumeAttributesClass } from "../../../gen/typernetes/storage/v1/volume_attributes_class.ts";
import { deepEqual } from "../../api/deep.ts";
import type { FieldErrors } from "../../api/field-errors.ts";
import { checkParameters } from "../class-parameters.ts";
import { ageColumn, defaultMarkedNameColumn, textColumn } from "../columns.ts";
import { checkProvisioner } from "../provisioner-name.ts";
import { schemaOf } from "../schema-of.ts";
import type { Strategy } from "../strategy.ts";

/** How classes of the attributes of volumes behave. */
export const volumeAttributesClass: Strategy<VolumeAttributesClass> = {
  schema: schemaOf("storage.k8s.io", "v1", "volumeattributesclasses"),
  validate,
  validateUpdate(object, old, errors) {
    for (const field of ["driverName", "parameters"] as const)
      if (!deepEqual(object[field], old[field])) errors.forbidden(field, `updates to ${field} are forbidden.`);
  },
  hasGeneration: false,
  selectableFields: {},
  columns: [
    defaultMarkedNameColumn("volumeattributesclass.alpha.kubernetes.io/is-default-class"),
    textColumn("DriverName", "The driver that knows the attributes.", (it) => it.driverName ?? ""),
    ageColumn,
  ],
};

function validate({ driverName = "", parameters = {} }: VolumeAttributesClass, errors: FieldErrors): void {
  checkProvisioner(driverName, "driverName", errors);
  if (Object.keys(parameters).length === 0) errors.required("parameters", "must contain at least one key/value pair");
  checkParameters(parameters, "parameters", errors);
}
