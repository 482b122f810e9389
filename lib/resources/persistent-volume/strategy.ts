import type { PersistentVolume } from "../../../gen/typernetes/core/v1/persistent_volume.ts";
import { ageColumn, textColumn } from "../columns.ts";
import { defaultBySchema } from "../generic/schema-defaults.ts";
import { schemaOf } from "../schema-of.ts";
import { keepSpec, keepStatus } from "../status-rules.ts";
import type { Strategy } from "../strategy.ts";
import { shownAccessModes, unset } from "../volume-columns.ts";
import { validatePersistentVolume, validatePersistentVolumeUpdate } from "./validate.ts";

const schema = schemaOf("", "v1", "persistentvolumes");

/** How volumes behave. */
export const persistentVolume: Strategy<PersistentVolume> = {
  schema,
  defaults(object) {
    defaultBySchema(schema.message, object, {});
    object.status ??= {};
    object.status.phase ||= "Pending";
    const spec = object.spec;
    if (!spec) return;
    spec.persistentVolumeReclaimPolicy ||= "Retain";
    spec.volumeMode ??= "Filesystem";
    if (spec.hostPath) spec.hostPath.type ??= "";
  },
  prepareForCreate(object) {
    object.status = { phase: "Pending", lastPhaseTransitionTime: object.metadata?.creationTimestamp };
  },
  prepareForUpdate: keepStatus,
  prepareForStatusUpdate(object, old, now) {
    keepSpec(object, old);
    noteTransition(object, old, now);
  },
  validate: validatePersistentVolume,
  validateUpdate: validatePersistentVolumeUpdate,
  hasGeneration: false,
  selectableFields: {},
  columns: [
    textColumn("Capacity", "How much the volume holds.", (it) => it.spec?.capacity?.storage ?? "0"),
    textColumn("Access Modes", "How it may be mounted.", (it) => shownAccessModes(it.spec?.accessModes)),
    textColumn(
      "Reclaim Policy",
      "What becomes of it without claim.",
      (it) => it.spec?.persistentVolumeReclaimPolicy ?? "",
    ),
    textColumn("Status", "Whether it is bound.", (it) =>
      it.metadata?.deletionTimestamp ? "Terminating" : (it.status?.phase ?? ""),
    ),
    textColumn("Claim", "The claim that has it.", ({ spec }) =>
      spec?.claimRef ? `${spec.claimRef.namespace ?? ""}/${spec.claimRef.name ?? ""}` : "",
    ),
    textColumn("StorageClass", "Class of the storage.", (it) => it.spec?.storageClassName ?? ""),
    textColumn(
      "VolumeAttributesClass",
      "Class of its attributes.",
      (it) => it.spec?.volumeAttributesClassName ?? unset,
    ),
    textColumn("Reason", "Why it is in its state.", (it) => it.status?.reason ?? ""),
    ageColumn,
    textColumn("VolumeMode", "What the volume is for a container.", (it) => it.spec?.volumeMode ?? unset, 1),
  ],
};

/** A new phase began now, unless its writer says when. */
function noteTransition({ status }: PersistentVolume, old: PersistentVolume, now: string): void {
  if (!status || status.phase === old.status?.phase) return;
  const before = old.status?.lastPhaseTransitionTime;
  const given = status.lastPhaseTransitionTime;
  if (given === undefined || given === before) status.lastPhaseTransitionTime = now;
}
