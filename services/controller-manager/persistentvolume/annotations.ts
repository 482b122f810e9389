import type { PersistentVolume } from "../../../gen/typernetes/core/v1/persistent_volume.ts";
import type { PersistentVolumeClaim } from "../../../gen/typernetes/core/v1/persistent_volume_claim.ts";

/** The claim has gone through binding once. */
export const bindCompleted = "pv.kubernetes.io/bind-completed";
/** The controller chose the other side; people did not. */
export const boundByController = "pv.kubernetes.io/bound-by-controller";
/** Who made a volume, and unmakes it. */
export const provisionedBy = "pv.kubernetes.io/provisioned-by";
/** The node that the scheduler chose for the first pod with the claim. */
export const selectedNode = "volume.kubernetes.io/selected-node";
/** Who is to make a volume for the claim. */
export const storageProvisioner = "volume.kubernetes.io/storage-provisioner";
/** The same under its older name. */
export const betaStorageProvisioner = "volume.beta.kubernetes.io/storage-provisioner";
const betaClass = "volume.beta.kubernetes.io/storage-class";

type Annotated = Pick<PersistentVolume & PersistentVolumeClaim, "metadata">;

/** Whether it has the annotation, whatever its value. */
export function hasAnnotation({ metadata }: Annotated, name: string): boolean {
  return metadata?.annotations?.[name] !== undefined;
}

/** A copy with one more annotation. */
export function annotated<T extends Annotated>(object: T, name: string, value: string): T {
  const { metadata } = object;
  return { ...object, metadata: { ...metadata, annotations: { ...metadata?.annotations, [name]: value } } };
}

/** The class of a claim or volume: empty for none. */
export function className({
  metadata,
  spec,
}: Pick<PersistentVolumeClaim & PersistentVolume, "metadata"> & {
  spec?: { storageClassName?: string | undefined } | undefined;
}): string {
  return metadata?.annotations?.[betaClass] ?? spec?.storageClassName ?? "";
}

/** Whether a claim says nothing about its class. */
export function hasNoClass({ metadata, spec }: PersistentVolumeClaim): boolean {
  return metadata?.annotations?.[betaClass] === undefined && spec?.storageClassName === undefined;
}
