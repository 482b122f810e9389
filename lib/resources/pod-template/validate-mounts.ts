import type { Container, EphemeralContainer, VolumeDevice, VolumeMount } from "../../../gen/typernetes/core/v1/pod.ts";
import type { FieldErrors } from "../../api/field-errors.ts";
import { checkDescendingPath, hasBackstep } from "../rules.ts";
import type { PodContext } from "./context.ts";
import { mountPropagations } from "./enumerations.ts";

/** Checks what a container mounts, and its block devices, against the volumes of its pod. */
export function validateMounts(container: Container | EphemeralContainer, path: string, context: PodContext): void {
  const mounts = container.volumeMounts ?? [];
  const devices = container.volumeDevices ?? [];
  const paths = new Set<string>();
  for (const [index, mount] of mounts.entries()) {
    const at = `${path}.volumeMounts[${index}]`;
    validateMount(mount, at, context);
    validateMountOptions(mount, container, `${path}.volumeMounts`, context.errors);
    if (paths.has(mount.mountPath ?? "")) context.errors.invalid(`${at}.mountPath`, mount.mountPath, "must be unique");
    paths.add(mount.mountPath ?? "");
    rejectDeviceOverlap(mount, devices, at, context.errors);
  }
  if (devices.length > 0) validateDevices(devices, mounts, `${path}.volumeDevices`, context);
}

function validateMount(mount: VolumeMount, path: string, { volumes, errors }: PodContext): void {
  if (!mount.name) errors.required(`${path}.name`);
  if (!volumes.has(mount.name ?? "")) errors.notFound(`${path}.name`, mount.name ?? "");
  if (!mount.mountPath) errors.required(`${path}.mountPath`);
}

/** Kubernetes reports these without the mount's index; so does this. */
function validateMountOptions(
  mount: VolumeMount,
  container: Container | EphemeralContainer,
  path: string,
  errors: FieldErrors,
): void {
  if (mount.subPath) checkDescendingPath(mount.subPath, `${path}.subPath`, errors);
  if (mount.subPathExpr) {
    if (mount.subPath)
      errors.invalid(`${path}.subPathExpr`, mount.subPathExpr, "subPathExpr and subPath are mutually exclusive");
    checkDescendingPath(mount.subPathExpr, `${path}.subPathExpr`, errors);
  }
  if (mount.mountPropagation !== undefined)
    validatePropagation(mount.mountPropagation, container, `${path}.mountPropagation`, errors);
  if (mount.recursiveReadOnly !== undefined) validateRecursiveReadOnly(mount, `${path}.recursiveReadOnly`, errors);
}

function validatePropagation(
  propagation: string,
  container: Container | EphemeralContainer,
  path: string,
  errors: FieldErrors,
): void {
  if (!mountPropagations.includes(propagation)) errors.notSupported(path, propagation, mountPropagations);
  if (propagation === "Bidirectional" && !container.securityContext?.privileged)
    errors.forbidden(path, "Bidirectional mount propagation is available only to privileged containers");
}

function validateRecursiveReadOnly(mount: VolumeMount, path: string, errors: FieldErrors): void {
  const value = mount.recursiveReadOnly ?? "";
  if (value === "Disabled") return;
  if (value !== "Enabled" && value !== "IfPossible") {
    errors.notSupported(path, value, ["Disabled", "Enabled", "IfPossible"]);
    return;
  }
  if (!mount.readOnly) errors.forbidden(path, "may only be specified when readOnly is true");
  if (mount.mountPropagation !== undefined && mount.mountPropagation !== "None")
    errors.forbidden(path, "may only be specified when mountPropagation is None or not specified");
}

function rejectDeviceOverlap(
  mount: VolumeMount,
  devices: readonly VolumeDevice[],
  path: string,
  errors: FieldErrors,
): void {
  if (devices.some((device) => device.name === mount.name))
    errors.invalid(`${path}.name`, mount.name ?? "", "must not already exist in volumeDevices");
  if (devices.some((device) => device.devicePath === mount.mountPath))
    errors.invalid(`${path}.mountPath`, mount.mountPath ?? "", "must not already exist as a path in volumeDevices");
}

function validateDevices(
  devices: readonly VolumeDevice[],
  mounts: readonly VolumeMount[],
  path: string,
  context: PodContext,
): void {
  const names = new Set<string>();
  const paths = new Set<string>();
  for (const [index, device] of devices.entries()) {
    const at = `${path}[${index}]`;
    validateDevice(device, mounts, at, context);
    const { name = "", devicePath = "" } = device;
    if (names.has(name)) context.errors.invalid(`${at}.name`, name, "must be unique");
    if (paths.has(devicePath)) context.errors.invalid(`${at}.devicePath`, devicePath, "must be unique");
    if (name) names.add(name);
    paths.add(devicePath);
  }
}

function validateDevice(
  device: VolumeDevice,
  mounts: readonly VolumeMount[],
  path: string,
  { volumes, errors }: PodContext,
): void {
  const { name = "", devicePath = "" } = device;
  const volume = volumes.get(name);
  if (!name) errors.required(`${path}.name`);
  if (!volume) errors.notFound(`${path}.name`, name);
  else if (!volume.persistentVolumeClaim && !volume.ephemeral)
    errors.invalid(
      `${path}.name`,
      name,
      "can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode",
    );
  if (!devicePath) errors.required(`${path}.devicePath`);
  if (hasBackstep(devicePath)) errors.invalid(`${path}.devicePath`, devicePath, "can not contain backsteps ('..')");
  if (mounts.some((mount) => mount.name === name))
    errors.invalid(`${path}.name`, name, "must not already exist in volumeMounts");
  if (mounts.some((mount) => mount.mountPath === devicePath))
    errors.invalid(`${path}.devicePath`, devicePath, "must not already exist as a path in volumeMounts");
}
