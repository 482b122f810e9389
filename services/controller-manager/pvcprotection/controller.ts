import type { PersistentVolumeClaim } from "../../../gen/typernetes/core/v1/persistent_volume_claim.ts";
import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import { isStatusError } from "../../../lib/base/status-error.ts";
import { type Informer, objectKey, splitKey } from "../../../lib/client/informer.ts";
import type { Controller, ControllerContext, Enqueue } from "../../../lib/controller/controller.ts";
import { claimKeysOf, indexPodsByClaim, podsUsing } from "../persistentvolume/pods-using.ts";
import { isPodFinished } from "../pods/pod-state.ts";

const finalizer = "kubernetes.io/pvc-protection";

/** Keeps claims from going while pods on nodes use them. */
export function createPvcProtectionController(context: ControllerContext): Controller {
  return new PvcProtectionController(context);
}

class PvcProtectionController implements Controller {
  readonly name = "persistentvolumeclaim-protection-controller";
  readonly workers = 2;
  readonly #context: ControllerContext;
  readonly #claims: Informer<PersistentVolumeClaim>;
  readonly #pods: Informer<Pod>;

  constructor(context: ControllerContext) {
    const { core } = context.client;
    this.#context = context;
    this.#claims = context.informers.informer(core.v1.persistentvolumeclaims);
    this.#pods = context.informers.informer(core.v1.pods);
    indexPodsByClaim(this.#pods);
  }

  setUp(enqueue: Enqueue): void {
    const own = (claim: PersistentVolumeClaim) => {
      const isProtected = claim.metadata?.finalizers?.includes(finalizer) ?? false;
      const isGoing = claim.metadata?.deletionTimestamp !== undefined;
      if (isProtected === isGoing) enqueue(objectKey(claim));
    };
    this.#claims.addHandler({ added: own, updated: (_, after) => own(after) });
    const freed = (pod: Pod) => {
      for (const key of claimKeysOf(pod)) if (this.#claims.lister.byKey(key)?.metadata?.deletionTimestamp) enqueue(key);
    };
    this.#pods.addHandler({
      updated: (_, after) => {
        if (isPodFinished(after)) freed(after);
      },
      deleted: freed,
    });
  }

  async reconcile(key: string, signal: AbortSignal): Promise<void> {
    const claim = this.#claims.lister.byKey(key);
    if (!claim) return;
    const finalizers = claim.metadata?.finalizers ?? [];
    const isProtected = finalizers.includes(finalizer);
    if (!claim.metadata?.deletionTimestamp) {
      if (!isProtected) await this.#write(claim, [...finalizers, finalizer]);
      return;
    }
    if (!isProtected || (await this.#isUsed(claim, signal))) return;
    await this.#write(
      claim,
      finalizers.filter((other) => other !== finalizer),
    );
  }

  /** The cache may not show yet who uses it; the server does. */
  async #isUsed(claim: PersistentVolumeClaim, signal: AbortSignal): Promise<boolean> {
    const uses = (pod: Pod) => isUsing(pod, claim);
    if (podsUsing(this.#pods, claim).some(uses)) return true;
    const { namespace } = claim.metadata ?? {};
    const { items } = await this.#context.client.core.v1.pods.list({ namespace, signal });
    return items.some((pod) => claimKeysOf(pod).includes(objectKey(claim)) && uses(pod));
  }

  async #write(claim: PersistentVolumeClaim, finalizers: string[]): Promise<void> {
    const { persistentvolumeclaims } = this.#context.client.core.v1;
    try {
      await persistentvolumeclaims.update({ ...claim, metadata: { ...claim.metadata, finalizers } });
    } catch (error) {
      if (!isStatusError(error, "NotFound")) throw error;
    }
  }
}

/** Pods that no node has cannot start any more; a finished pod does not need the volume of its own. */
function isUsing(pod: Pod, claim: PersistentVolumeClaim): boolean {
  if (!pod.spec?.nodeName) return false;
  const { name } = splitKey(objectKey(claim));
  const byName = pod.spec.volumes?.some(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName === name);
  return byName === true || !isPodFinished(pod);
}
