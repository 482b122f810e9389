import type { PersistentVolume } from "../../../gen/typernetes/core/v1/persistent_volume.ts";
import type { PersistentVolumeClaim } from "../../../gen/typernetes/core/v1/persistent_volume_claim.ts";
import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import type { StorageClass } from "../../../gen/typernetes/storage/v1/storage_class.ts";
import { isStatusError } from "../../../lib/base/status-error.ts";
import { type Informer, objectKey } from "../../../lib/client/informer.ts";
import type { Controller, ControllerContext, Enqueue, ReconcileResult } from "../../../lib/controller/controller.ts";
import { className } from "./annotations.ts";
import { Bindings } from "./bindings.ts";
import { claimKeysOf, indexPodsByClaim } from "./pods-using.ts";
import { claimQueueKey, readQueueKey, volumeQueueKey } from "./queue-keys.ts";
import { syncClaim } from "./sync-claim.ts";
import { syncVolume } from "./sync-volume.ts";

/** Claims that wait are looked at again after this long. */
const resyncMs = 15_000;

/** Binds claims to volumes, and asks provisioners for volumes where there are none. */
export function createPersistentVolumeController(context: ControllerContext): Controller {
  return new PersistentVolumeController(context);
}

class PersistentVolumeController implements Controller {
  readonly name = "persistentvolume-binder-controller";
  /** One volume must not be given to two claims. */
  readonly workers = 1;
  readonly #context: ControllerContext;
  readonly #bindings: Bindings;
  readonly #claims: Informer<PersistentVolumeClaim>;
  readonly #volumes: Informer<PersistentVolume>;
  readonly #classes: Informer<StorageClass>;
  readonly #pods: Informer<Pod>;
  #enqueue: Enqueue = () => {};

  constructor(context: ControllerContext) {
    const { core, storage } = context.client;
    const { informers } = context;
    this.#context = context;
    this.#claims = informers.informer(core.v1.persistentvolumeclaims);
    this.#volumes = informers.informer(core.v1.persistentvolumes);
    this.#classes = informers.informer(storage.v1.storageclasses);
    this.#pods = informers.informer(core.v1.pods);
    this.#bindings = new Bindings(context);
    indexPodsByClaim(this.#pods);
  }

  setUp(enqueue: Enqueue): void {
    this.#enqueue = enqueue;
    const own = (claim: PersistentVolumeClaim) => enqueue(claimQueueKey(objectKey(claim)));
    const volume = (name: string | undefined) => {
      if (name) enqueue(volumeQueueKey(name));
    };
    this.#claims.addHandler({
      added: own,
      updated: (_, after) => own(after),
      deleted: (claim) => volume(claim.spec?.volumeName),
    });
    const changed = (object: PersistentVolume) => {
      volume(object.metadata?.name);
      const { namespace, name } = object.spec?.claimRef ?? {};
      if (name) enqueue(claimQueueKey(`${namespace}/${name}`));
      else this.#enqueueWaiting(className(object));
    };
    this.#volumes.addHandler({ added: changed, updated: (_, after) => changed(after), deleted: changed });
    const ofClass = ({ metadata }: StorageClass) => this.#enqueueWaiting(metadata?.name ?? "");
    this.#classes.addHandler({ added: ofClass, updated: (_, after) => ofClass(after) });
    const wanted = (pod: Pod) => {
      for (const key of claimKeysOf(pod)) enqueue(claimQueueKey(key));
    };
    this.#pods.addHandler({
      added: wanted,
      updated: (before, after) => {
        if (before.spec?.nodeName !== after.spec?.nodeName) wanted(after);
      },
    });
  }

  async reconcile(key: string, _signal: AbortSignal): Promise<ReconcileResult | void> {
    const subject = readQueueKey(key);
    try {
      if ("volume" in subject) await this.#syncVolume(subject.volume);
      else return await this.#syncClaim(subject.claim);
    } catch (error) {
      // It has gone meanwhile: its event follows.
      if (!isStatusError(error, "NotFound")) throw error;
    }
  }

  async #syncVolume(name: string): Promise<void> {
    const volume = this.#bindings.volumes.byKey(name);
    if (volume) await syncVolume(this.#bindings, volume, this.#enqueue);
  }

  async #syncClaim(key: string): Promise<ReconcileResult | void> {
    const claim = this.#bindings.claims.byKey(key);
    if (!claim) return;
    const [context, bindings, classes, pods] = [this.#context, this.#bindings, this.#classes, this.#pods];
    await syncClaim({ context, bindings, classes, pods }, claim);
    if (this.#bindings.claims.byKey(key)?.status?.phase !== "Bound") return { requeueAfterMs: resyncMs };
  }

  /** A volume or a class for those that have none has come. */
  #enqueueWaiting(storageClass: string): void {
    for (const claim of this.#claims.lister.list()) {
      const name = claim.spec?.storageClassName;
      if (!claim.spec?.volumeName && (name === undefined || name === storageClass))
        this.#enqueue(claimQueueKey(objectKey(claim)));
    }
  }
}
