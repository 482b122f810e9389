import { statSync } from "node:fs";
import { realpath } from "node:fs/promises";
import type { PersistentVolume } from "../../../gen/typernetes/core/v1/persistent_volume.ts";
import type { PersistentVolumeClaim } from "../../../gen/typernetes/core/v1/persistent_volume_claim.ts";
import type { Volume } from "../../../gen/typernetes/core/v1/pod.ts";
import { StatusError } from "../../../lib/base/status-error.ts";
import { ConfigError } from "../env/config-error.ts";
import { containersOf } from "../pods/pod-containers.ts";
import { giveToGroup } from "./fs-group.ts";
import { hostPath } from "./host-path.ts";
import type { VolumeContext, VolumePath } from "./volume-context.ts";

const timeoutMs = 10_000;

/** The volume that is bound to the pod's claim, where it is on this node. @throws ConfigError when there is none yet. */
export async function claimedVolume(context: VolumeContext, volume: Volume): Promise<VolumePath> {
  const { client } = context.node;
  const { namespace } = context.pod.metadata ?? {};
  const name = claimName(context, volume);
  const claim = await orMissing(client.core.v1.persistentvolumeclaims.get(name, { namespace, timeoutMs }));
  if (volume.ephemeral) verifyOwner(context, claim);
  const volumeName = claim.spec?.volumeName;
  if (!volumeName || claim.status?.phase !== "Bound") throw new ConfigError(`PVC ${namespace}/${name} is not bound`);
  const persistent = await orMissing(client.core.v1.persistentvolumes.get(volumeName, { timeoutMs }));
  if (persistent.spec?.claimRef?.uid !== claim.metadata?.uid)
    throw new ConfigError(`volume ${volumeName} is bound to another claim than ${namespace}/${name}`);
  const path = await pathOf(context, persistent, verifyMode(context, volume, persistent));
  return { path, readOnly: volume.persistentVolumeClaim?.readOnly ?? false };
}

/** Whether the volume is a device. @throws ConfigError when containers take it for what it is not. */
function verifyMode({ pod }: VolumeContext, { name }: Volume, { spec }: PersistentVolume): boolean {
  const isBlock = spec?.volumeMode === "Block";
  const containers = containersOf(pod);
  const isMounted = containers.some(({ volumeMounts }) => volumeMounts?.some((mount) => mount.name === name));
  const isDevice = containers.some(({ volumeDevices }) => volumeDevices?.some((device) => device.name === name));
  if (isBlock && isMounted)
    throw new ConfigError(`volume ${name} has volumeMode Block, but is specified in volumeMounts`);
  if (!isBlock && isDevice)
    throw new ConfigError(`volume ${name} has volumeMode Filesystem, but is specified in volumeDevices`);
  return isBlock;
}

function claimName({ pod }: VolumeContext, { name, persistentVolumeClaim }: Volume): string {
  return persistentVolumeClaim?.claimName ?? `${pod.metadata?.name}-${name}`;
}

/** A claim that only bears the name of the pod's own must not be taken for it. */
function verifyOwner({ pod }: VolumeContext, claim: PersistentVolumeClaim): void {
  const isOwner = claim.metadata?.ownerReferences?.some(({ uid }) => uid === pod.metadata?.uid);
  const place = `${claim.metadata?.namespace}/${claim.metadata?.name}`;
  if (!isOwner) throw new ConfigError(`PVC ${place} was not created for the pod (pod is not owner)`);
}

async function pathOf(
  { pod }: VolumeContext,
  { metadata, spec = {} }: PersistentVolume,
  isBlock: boolean,
): Promise<string> {
  if (isBlock) return devicePath(metadata?.name, spec.local?.path ?? spec.hostPath?.path);
  if (spec.hostPath) return hostPath(spec.hostPath);
  const path = spec.local?.path;
  if (!path) throw new ConfigError(`no volume plugin matched: this node cannot mount volume ${metadata?.name}`);
  if (!statSync(path, { throwIfNoEntry: false })) throw new ConfigError(`path "${path}" does not exist`);
  const { fsGroup: group, fsGroupChangePolicy: policy } = pod.spec?.securityContext ?? {};
  if (group !== undefined) await giveToGroup(path, { group, policy });
  return path;
}

/** The device itself, whatever links lead to it. */
async function devicePath(volume: string | undefined, path: string | undefined): Promise<string> {
  if (!path) throw new ConfigError(`no volume plugin matched: this node cannot map volume ${volume}`);
  const real = await realpath(path).catch(() => undefined);
  if (real === undefined) throw new ConfigError(`path "${path}" does not exist`);
  if (!statSync(real).isBlockDevice()) throw new ConfigError(`path "${path}" is not a block device`);
  return real;
}

async function orMissing<T>(request: Promise<T>): Promise<T> {
  try {
    return await request;
  } catch (error) {
    if (error instanceof StatusError) throw new ConfigError(error.message, { cause: error });
    throw error;
  }
}
