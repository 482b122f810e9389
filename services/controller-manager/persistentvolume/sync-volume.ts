import type { PersistentVolume } from "../../../gen/typernetes/core/v1/persistent_volume.ts";
import type { Enqueue } from "../../../lib/controller/controller.ts";
import { hasAnnotation, provisionedBy } from "./annotations.ts";
import type { Bindings } from "./bindings.ts";
import { claimQueueKey } from "./queue-keys.ts";

/** Moves one volume to the phase that its claim gives it, and takes it back when the claim has gone. */
export async function syncVolume(bindings: Bindings, volume: PersistentVolume, enqueue: Enqueue): Promise<void> {
  const reference = volume.spec?.claimRef;
  if (!reference?.uid) {
    await bindings.setVolumePhase(volume, "Available");
    if (reference) enqueue(claimQueueKey(`${reference.namespace}/${reference.name}`));
    return;
  }
  const key = `${reference.namespace}/${reference.name}`;
  const claim = await bindings.claimOf(reference);
  const volumeName = volume.metadata?.name;
  if (!claim) return release(bindings, volume);
  if (!claim.spec?.volumeName) return enqueue(claimQueueKey(key));
  if (claim.spec.volumeName === volumeName) {
    await bindings.setVolumePhase(volume, "Bound");
    return;
  }
  const isMade = hasAnnotation(volume, provisionedBy);
  if (isMade && volume.spec?.persistentVolumeReclaimPolicy === "Delete") return release(bindings, volume);
  await bindings.unbind(volume);
}

/** Whoever made it deletes it, when it is to be deleted. */
async function release(bindings: Bindings, volume: PersistentVolume): Promise<void> {
  const phase = volume.status?.phase;
  const released =
    phase === "Released" || phase === "Failed" ? volume : await bindings.setVolumePhase(volume, "Released");
  const policy = volume.spec?.persistentVolumeReclaimPolicy;
  const isMade = hasAnnotation(volume, provisionedBy);
  if (policy === "Retain" || isMade || released.status?.phase === "Failed") return;
  const reason = policy === "Recycle" ? "VolumeFailedRecycle" : "VolumeFailedDelete";
  const message =
    policy === "Recycle"
      ? "No recycler plugin found for the volume!"
      : `error getting deleter volume plugin for volume "${volume.metadata?.name}": no deletable volume plugin matched`;
  await bindings.setVolumePhase(released, "Failed", { type: "Warning", reason, message });
}
