import type { PersistentVolumeClaim } from "../../../gen/typernetes/core/v1/persistent_volume_claim.ts";
import { ageColumn, textColumn } from "../columns.ts";
import { schemaOf } from "../schema-of.ts";
import { keepSpec, keepStatus } from "../status-rules.ts";
import type { Strategy } from "../strategy.ts";
import { shownAccessModes, unset } from "../volume-columns.ts";
import { defaultClaim } from "./defaults.ts";
import { validateClaimSpec } from "./validate-spec.ts";
import { validateClaimStatus, validateClaimUpdate } from "./validate-update.ts";

/** How claims of volumes behave. */
export const persistentVolumeClaim: Strategy<PersistentVolumeClaim> = {
  schema: schemaOf("", "v1", "persistentvolumeclaims"),
  defaults: defaultClaim,
  prepareForCreate(object) {
    object.status = { phase: "Pending" };
  },
  prepareForUpdate: keepStatus,
  prepareForStatusUpdate: keepSpec,
  validate: (object, errors) => validateClaimSpec(object.spec ?? {}, "spec", errors),
  validateUpdate: validateClaimUpdate,
  validateStatusUpdate: validateClaimStatus,
  hasGeneration: false,
  selectableFields: {},
  columns: [
    textColumn("Status", "Whether the claim has its volume.", (it) =>
      it.metadata?.deletionTimestamp ? "Terminating" : (it.status?.phase ?? ""),
    ),
    textColumn("Volume", "The volume that the claim has.", (it) => it.spec?.volumeName ?? ""),
    textColumn("Capacity", "How much the volume holds.", (it) =>
      it.spec?.volumeName ? (it.status?.capacity?.storage ?? "0") : "",
    ),
    textColumn("Access Modes", "How the volume may be mounted.", (it) =>
      it.spec?.volumeName ? shownAccessModes(it.status?.accessModes) : "",
    ),
    textColumn("StorageClass", "Class of the storage.", (it) => it.spec?.storageClassName ?? ""),
    textColumn(
      "VolumeAttributesClass",
      "Class of the attributes of the volume.",
      (it) => it.spec?.volumeAttributesClassName ?? unset,
    ),
    ageColumn,
    textColumn("VolumeMode", "What the volume is for a container.", (it) => it.spec?.volumeMode ?? unset, 1),
  ],
};
