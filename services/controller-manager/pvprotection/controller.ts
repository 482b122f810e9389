import type { PersistentVolume } from "../../../gen/typernetes/core/v1/persistent_volume.ts";
import { isStatusError } from "../../../lib/base/status-error.ts";
import { type Informer, objectKey } from "../../../lib/client/informer.ts";
import type { Controller, ControllerContext, Enqueue } from "../../../lib/controller/controller.ts";

const finalizer = "kubernetes.io/pv-protection";

/** Keeps volumes from going while they are bound. */
export function createPvProtectionController(context: ControllerContext): Controller {
  return new PvProtectionController(context);
}

class PvProtectionController implements Controller {
  readonly name = "persistentvolume-protection-controller";
  readonly #context: ControllerContext;
  readonly #volumes: Informer<PersistentVolume>;

  constructor(context: ControllerContext) {
    this.#context = context;
    this.#volumes = context.informers.informer(context.client.core.v1.persistentvolumes);
  }

  setUp(enqueue: Enqueue): void {
    const own = (volume: PersistentVolume) => {
      if (protectedAfter(volume) !== isProtected(volume)) enqueue(objectKey(volume));
    };
    this.#volumes.addHandler({ added: own, updated: (_, after) => own(after) });
  }

  async reconcile(key: string, _signal: AbortSignal): Promise<void> {
    const volume = this.#volumes.lister.byKey(key);
    if (!volume || protectedAfter(volume) === isProtected(volume)) return;
    const others = (volume.metadata?.finalizers ?? []).filter((other) => other !== finalizer);
    const finalizers = protectedAfter(volume) ? [...others, finalizer] : others;
    const { persistentvolumes } = this.#context.client.core.v1;
    try {
      await persistentvolumes.update({ ...volume, metadata: { ...volume.metadata, finalizers } });
    } catch (error) {
      if (!isStatusError(error, "NotFound")) throw error;
    }
  }
}

function isProtected({ metadata }: PersistentVolume): boolean {
  return metadata?.finalizers?.includes(finalizer) ?? false;
}

/** Whether it is to be protected: until it goes and is not bound. */
function protectedAfter(volume: PersistentVolume): boolean {
  if (!volume.metadata?.deletionTimestamp) return true;
  return isProtected(volume) && volume.status?.phase === "Bound";
}
