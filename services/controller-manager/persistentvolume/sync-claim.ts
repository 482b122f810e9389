import type { PersistentVolumeClaim } from "../../../gen/typernetes/core/v1/persistent_volume_claim.ts";
import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import type { StorageClass } from "../../../gen/typernetes/storage/v1/storage_class.ts";
import type { Informer } from "../../../lib/client/informer.ts";
import type { ControllerContext } from "../../../lib/controller/controller.ts";
import {
  annotated,
  betaStorageProvisioner,
  bindCompleted,
  boundByController,
  className,
  hasAnnotation,
  hasNoClass,
  selectedNode,
  storageProvisioner,
} from "./annotations.ts";
import type { Bindings } from "./bindings.ts";
import { defaultClass } from "./default-class.ts";
import { findVolume, isReservedFor, mismatchOf } from "./match-volume.ts";
import { podsUsing } from "./pods-using.ts";

const noProvisioner = "kubernetes.io/no-provisioner";

/** What claims are synchronised with. */
export interface ClaimParts {
  context: ControllerContext;
  bindings: Bindings;
  classes: Informer<StorageClass>;
  pods: Informer<Pod>;
}

/** Moves one claim towards its volume. */
export async function syncClaim(parts: ClaimParts, claim: PersistentVolumeClaim): Promise<void> {
  if (hasAnnotation(claim, bindCompleted)) await syncBound(parts, claim);
  else if (claim.spec?.volumeName) await syncWishing(parts, claim, claim.spec.volumeName);
  else await syncUnbound(parts, claim);
}

/** A claim that had its volume once. */
async function syncBound({ bindings }: ClaimParts, claim: PersistentVolumeClaim): Promise<void> {
  const lost = (reason: string, message: string) =>
    bindings.setClaimPhase(claim, "Lost", { type: "Warning", reason, message });
  const name = claim.spec?.volumeName;
  if (!name)
    return lost("ClaimLost", "Bound claim has lost reference to PersistentVolume. Data on the volume is lost!");
  const volume = bindings.volumes.byKey(name);
  if (!volume) return lost("ClaimLost", "Bound claim has lost its PersistentVolume. Data on the volume is lost!");
  const holder = volume.spec?.claimRef;
  if (!holder || holder.uid === claim.metadata?.uid) return bindings.bind(volume, claim);
  return lost("ClaimMisbound", "Two claims are bound to the same volume, this one is bound incorrectly");
}

/** A claim that names the volume that it wants. */
async function syncWishing(parts: ClaimParts, claim: PersistentVolumeClaim, name: string): Promise<void> {
  const { bindings, context } = parts;
  const volume = bindings.volumes.byKey(name);
  if (!volume) return bindings.setClaimPhase(claim, "Pending");
  if (volume.spec?.claimRef && !isReservedFor(volume, claim)) {
    const { namespace, name: holder } = volume.spec.claimRef;
    const message = `volume "${name}" already bound to a different claim.`;
    if (!hasAnnotation(claim, boundByController)) {
      context.recorder.event(claim, "Warning", "FailedBinding", message);
      return bindings.setClaimPhase(claim, "Pending");
    }
    throw new Error(`invalid binding of claim ${claim.metadata?.name} to ${name}, which ${namespace}/${holder} has`);
  }
  const mismatch = mismatchOf(volume, claim);
  if (!mismatch) return bindings.bind(volume, claim);
  const message = `Cannot bind to requested volume "${name}": ${mismatch}`;
  context.recorder.event(claim, "Warning", "VolumeMismatch", message);
  return bindings.setClaimPhase(claim, "Pending");
}

async function syncUnbound(parts: ClaimParts, claim: PersistentVolumeClaim): Promise<void> {
  const { bindings, classes, context } = parts;
  const name = className(claim);
  const storageClass = name ? classes.lister.byKey(name) : undefined;
  const waits = storageClass?.volumeBindingMode === "WaitForFirstConsumer" && !nodeOf(parts, claim);
  const volume = findVolume(claim, bindings.volumes.list(), waits);
  if (volume) return bindings.bind(volume, claim);
  const chosen = hasNoClass(claim) ? defaultClass(classes.lister.list()) : undefined;
  if (chosen) {
    const storageClassName = chosen.metadata?.name;
    await bindings.writeClaim({ ...claim, spec: { ...claim.spec, storageClassName } });
    return;
  }
  const current = waits || !name ? claim : await provision(parts, claim, name, storageClass);
  if (waits) tellWhatFor(parts, claim);
  else if (!name) {
    const message = "no persistent volumes available for this claim and no storage class is set";
    context.recorder.event(claim, "Normal", "FailedBinding", message);
  }
  await bindings.setClaimPhase(current, "Pending");
}

/** The node for which the volume is to be: the scheduler's choice, or where a pod with the claim was put past it. */
function nodeOf(parts: ClaimParts, claim: PersistentVolumeClaim): string | undefined {
  const chosen = claim.metadata?.annotations?.[selectedNode];
  return chosen ?? podsUsing(parts.pods, claim).find((pod) => pod.spec?.nodeName)?.spec?.nodeName;
}

function tellWhatFor({ context, pods }: ClaimParts, claim: PersistentVolumeClaim): void {
  const names = podsUsing(pods, claim).map((pod) => pod.metadata?.name);
  if (names.length === 0) {
    const message = "waiting for first consumer to be created before binding";
    context.recorder.event(claim, "Normal", "WaitForFirstConsumer", message);
  } else {
    const message = `waiting for pod ${names.join(",")} to be scheduled`;
    context.recorder.event(claim, "Normal", "WaitForPodScheduled", message);
  }
}

/** Asks the class's provisioner for a volume. */
async function provision(
  { bindings, context }: ClaimParts,
  claim: PersistentVolumeClaim,
  name: string,
  storageClass: StorageClass | undefined,
): Promise<PersistentVolumeClaim> {
  if (!storageClass) {
    const message = `storageclass.storage.k8s.io "${name}" not found`;
    context.recorder.event(claim, "Warning", "ProvisioningFailed", message);
    return claim;
  }
  const { provisioner = "" } = storageClass;
  if (provisioner === noProvisioner) {
    const message = "no persistent volumes available for this claim and the storage class makes none";
    context.recorder.event(claim, "Normal", "FailedBinding", message);
    return claim;
  }
  const message =
    `Waiting for a volume to be created either by the external provisioner '${provisioner}' or manually by the system administrator. ` +
    "If volume creation is delayed, please verify that the provisioner is running and correctly registered.";
  context.recorder.event(claim, "Normal", "ExternalProvisioning", message);
  if (claim.metadata?.annotations?.[storageProvisioner] === provisioner) return claim;
  const asking = annotated(claim, storageProvisioner, provisioner);
  return bindings.writeClaim(annotated(asking, betaStorageProvisioner, provisioner));
}
