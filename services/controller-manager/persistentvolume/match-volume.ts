import type { PersistentVolume } from "../../../gen/typernetes/core/v1/persistent_volume.ts";
import type { PersistentVolumeClaim } from "../../../gen/typernetes/core/v1/persistent_volume_claim.ts";
import { labelMatcherOf } from "../../../lib/api/label-selector.ts";
import { compareQuantities } from "../../../lib/base/quantity.ts";
import { className } from "./annotations.ts";

/** Whether the volume is bound to the claim, or waits for it by name. */
export function isReservedFor({ spec }: PersistentVolume, { metadata }: PersistentVolumeClaim): boolean {
  const { name, namespace, uid } = spec?.claimRef ?? {};
  return name === metadata?.name && namespace === metadata?.namespace && (!uid || uid === metadata?.uid);
}

/** Why the volume does not do for the claim; undefined when it does. */
export function mismatchOf(volume: PersistentVolume, claim: PersistentVolumeClaim): string | undefined {
  if (compareQuantities(capacityOf(volume), requestOf(claim)) < 0) return "requested PV is too small";
  if (className(volume) !== className(claim)) return "storageClassName does not match";
  if ((volume.spec?.volumeAttributesClassName ?? "") !== (claim.spec?.volumeAttributesClassName ?? ""))
    return "volumeAttributesClassName does not match";
  if (!hasSameMode(volume, claim)) return "incompatible volumeMode";
  return hasAccessModes(volume, claim) ? undefined : "incompatible accessMode";
}

/**
 * The volume to bind the claim to: one that waits for it, else the smallest that does and is available. `onlyReserved` when the
 * choice is the scheduler's.
 */
export function findVolume(
  claim: PersistentVolumeClaim,
  volumes: readonly PersistentVolume[],
  onlyReserved: boolean,
): PersistentVolume | undefined {
  const fitting = volumes.filter((volume) => hasSameMode(volume, claim) && hasAccessModes(volume, claim));
  const reserved = fitting.find((volume) => isReservedFor(volume, claim) && isBigEnough(volume, claim));
  if (reserved || onlyReserved) return reserved;
  const selector = labelMatcherOf(claim.spec?.selector ?? {});
  return fitting
    .filter(
      (volume) =>
        !volume.spec?.claimRef &&
        !volume.metadata?.deletionTimestamp &&
        volume.status?.phase === "Available" &&
        selector.matches(volume.metadata?.labels) &&
        mismatchOf(volume, claim) === undefined,
    )
    .sort((left, right) => compareQuantities(capacityOf(left), capacityOf(right)))[0];
}

/** How much a claim asks for. */
export function requestOf({ spec }: PersistentVolumeClaim): string {
  return spec?.resources?.requests?.["storage"] ?? "0";
}

function capacityOf({ spec }: PersistentVolume): string {
  return spec?.capacity?.["storage"] ?? "0";
}

function isBigEnough(volume: PersistentVolume, claim: PersistentVolumeClaim): boolean {
  return compareQuantities(capacityOf(volume), requestOf(claim)) >= 0;
}

function hasSameMode(volume: PersistentVolume, claim: PersistentVolumeClaim): boolean {
  return (volume.spec?.volumeMode ?? "Filesystem") === (claim.spec?.volumeMode ?? "Filesystem");
}

function hasAccessModes(volume: PersistentVolume, claim: PersistentVolumeClaim): boolean {
  return (claim.spec?.accessModes ?? []).every((mode) => volume.spec?.accessModes?.includes(mode));
}
