import type { PersistentVolume } from "../../../gen/typernetes/core/v1/persistent_volume.ts";
import type { PersistentVolumeClaim } from "../../../gen/typernetes/core/v1/persistent_volume_claim.ts";
import type { StorageClass } from "../../../gen/typernetes/storage/v1/storage_class.ts";
import { compareQuantities } from "../../../lib/base/quantity.ts";
import { isStatusError } from "../../../lib/base/status-error.ts";
import { type Informer, objectKey } from "../../../lib/client/informer.ts";
import type { Controller, ControllerContext, Enqueue } from "../../../lib/controller/controller.ts";
import { className, provisionedBy } from "../persistentvolume/annotations.ts";
import { localPathProvisioner } from "../persistentvolume/local-path-class.ts";
import { requestOf } from "../persistentvolume/match-volume.ts";

/** Grows volumes whose claims ask for more: folders, which are as large as they get; others are left to who made them. */
export function createVolumeExpandController(context: ControllerContext): Controller {
  return new VolumeExpandController(context);
}

class VolumeExpandController implements Controller {
  readonly name = "persistentvolume-expander-controller";
  readonly #context: ControllerContext;
  readonly #claims: Informer<PersistentVolumeClaim>;
  readonly #volumes: Informer<PersistentVolume>;
  readonly #classes: Informer<StorageClass>;

  constructor(context: ControllerContext) {
    const { core, storage } = context.client;
    this.#context = context;
    this.#claims = context.informers.informer(core.v1.persistentvolumeclaims);
    this.#volumes = context.informers.informer(core.v1.persistentvolumes);
    this.#classes = context.informers.informer(storage.v1.storageclasses);
  }

  setUp(enqueue: Enqueue): void {
    const own = (claim: PersistentVolumeClaim) => {
      if (wantsMore(claim)) enqueue(objectKey(claim));
    };
    this.#claims.addHandler({ added: own, updated: (_, after) => own(after) });
  }

  async reconcile(key: string, _signal: AbortSignal): Promise<void> {
    const claim = this.#claims.lister.byKey(key);
    if (!claim || !wantsMore(claim)) return;
    const volume = this.#volumes.lister.byKey(claim.spec?.volumeName ?? "");
    if (!volume || volume.spec?.claimRef?.uid !== claim.metadata?.uid) return;
    if (volume.metadata?.annotations?.[provisionedBy] !== localPathProvisioner) return this.#leave(claim);
    try {
      await this.#grow(claim, volume);
    } catch (error) {
      if (!isStatusError(error, "NotFound")) throw error;
    }
  }

  async #grow(claim: PersistentVolumeClaim, volume: PersistentVolume): Promise<void> {
    const { client, recorder } = this.#context;
    const storage = requestOf(claim);
    if (compareQuantities(volume.spec?.capacity?.["storage"] ?? "0", storage) < 0) {
      recorder.event(claim, "Normal", "Resizing", `External resizer is resizing volume ${volume.metadata?.name}`);
      const capacity = { ...volume.spec?.capacity, storage };
      await client.core.v1.persistentvolumes.update({ ...volume, spec: { ...volume.spec, capacity } });
    }
    const capacity = { ...claim.status?.capacity, storage };
    const { allocatedResources: _, allocatedResourceStatuses: __, ...status } = claim.status ?? {};
    const { persistentvolumeclaims } = client.core.v1;
    await persistentvolumeclaims.updateStatus({ ...claim, status: { ...status, capacity } });
    recorder.event(claim, "Normal", "VolumeResizeSuccessful", "Resize volume succeeded");
  }

  #leave(claim: PersistentVolumeClaim): void {
    if (!this.#classes.lister.byKey(className(claim))?.allowVolumeExpansion) return;
    const message = "waiting for an external controller to expand this PVC";
    this.#context.recorder.event(claim, "Normal", "ExternalExpanding", message);
  }
}

function wantsMore(claim: PersistentVolumeClaim): boolean {
  if (claim.status?.phase !== "Bound" || claim.metadata?.deletionTimestamp) return false;
  return compareQuantities(requestOf(claim), claim.status.capacity?.["storage"] ?? "0") > 0;
}
