import type { Volume, VolumeProjection } from "../../../gen/typernetes/core/v1/pod.ts";
import type { DownwardAPIVolumeFile } from "../../../gen/typernetes/core/v1/volume_source.ts";
import { defaultImagePullPolicy } from "./image-pull-policy.ts";

const fileMode = 0o644;
const tokenLifetimeSeconds = 3600;

/** Fills what Kubernetes fills in a volume; a volume without a source is an empty directory. */
export function defaultVolume(volume: Volume): void {
  if (isWithoutSource(volume)) volume.emptyDir = {};
  if (volume.secret) volume.secret.defaultMode ??= fileMode;
  if (volume.configMap) volume.configMap.defaultMode ??= fileMode;
  if (volume.hostPath) volume.hostPath.type ??= "";
  if (volume.image) volume.image.pullPolicy ||= defaultImagePullPolicy(volume.image.reference);
  if (volume.downwardAPI) {
    volume.downwardAPI.defaultMode ??= fileMode;
    defaultDownwardFiles(volume.downwardAPI.items);
  }
  if (volume.projected) {
    volume.projected.defaultMode ??= fileMode;
    for (const source of volume.projected.sources ?? []) defaultProjection(source);
  }
  const claim = volume.ephemeral?.volumeClaimTemplate?.spec;
  if (claim) claim.volumeMode ??= "Filesystem";
  defaultForeignVolume(volume);
}

function isWithoutSource(volume: Volume): boolean {
  return !Object.keys(volume).some((field) => field !== "name" && volume[field as keyof Volume] !== undefined);
}

function defaultProjection(source: VolumeProjection): void {
  if (source.serviceAccountToken) source.serviceAccountToken.expirationSeconds ??= tokenLifetimeSeconds;
  if (source.downwardAPI) defaultDownwardFiles(source.downwardAPI.items);
}

function defaultDownwardFiles(files: DownwardAPIVolumeFile[] | undefined): void {
  for (const file of files ?? []) if (file.fieldRef) file.fieldRef.apiVersion ||= "v1";
}

function defaultForeignVolume({ iscsi, rbd, azureDisk, scaleIO }: Volume): void {
  if (iscsi) iscsi.iscsiInterface ||= "default";
  if (rbd) {
    rbd.pool ||= "rbd";
    rbd.user ||= "admin";
    rbd.keyring ||= "/etc/ceph/keyring";
  }
  if (azureDisk) {
    azureDisk.cachingMode ??= "ReadWrite";
    azureDisk.kind ??= "Shared";
    azureDisk.fsType ??= "ext4";
    azureDisk.readOnly ??= false;
  }
  if (scaleIO) {
    scaleIO.storageMode ||= "ThinProvisioned";
    scaleIO.fsType ||= "xfs";
  }
}
