import type { PersistentVolumeClaim } from "../../../gen/typernetes/core/v1/persistent_volume_claim.ts";
import type { Pod, Volume } from "../../../gen/typernetes/core/v1/pod.ts";
import { type Informer, objectKey } from "../../../lib/client/informer.ts";
import type { Controller, ControllerContext, Enqueue } from "../../../lib/controller/controller.ts";
import { controllerReference, isControlledBy } from "../../../lib/controller/controller-ref.ts";
import { isNamespaceTerminating, messageOf } from "../failures.ts";
import { indexPodsByClaim } from "../persistentvolume/pods-using.ts";

/** Makes the claims that pods have templates of; they go with their pods. */
export function createEphemeralVolumeController(context: ControllerContext): Controller {
  return new EphemeralVolumeController(context);
}

class EphemeralVolumeController implements Controller {
  readonly name = "ephemeral-volume-controller";
  readonly workers = 10;
  readonly #context: ControllerContext;
  readonly #pods: Informer<Pod>;
  readonly #claims: Informer<PersistentVolumeClaim>;

  constructor(context: ControllerContext) {
    const { core } = context.client;
    this.#context = context;
    this.#pods = context.informers.informer(core.v1.pods);
    this.#claims = context.informers.informer(core.v1.persistentvolumeclaims);
    indexPodsByClaim(this.#pods);
  }

  setUp(enqueue: Enqueue): void {
    this.#pods.addHandler({
      added: (pod) => {
        if (!pod.metadata?.deletionTimestamp && ephemeralVolumes(pod).length > 0) enqueue(objectKey(pod));
      },
    });
    this.#claims.addHandler({
      deleted: (claim) => {
        for (const pod of this.#pods.lister.byIndex("claims", objectKey(claim)))
          if (ephemeralVolumes(pod).length > 0) enqueue(objectKey(pod));
      },
    });
  }

  async reconcile(key: string, _signal: AbortSignal): Promise<void> {
    const pod = this.#pods.lister.byKey(key);
    if (!pod || pod.metadata?.deletionTimestamp) return;
    for (const volume of ephemeralVolumes(pod)) await this.#ensureClaim(pod, volume);
  }

  async #ensureClaim(pod: Pod, volume: Volume): Promise<void> {
    const { client, recorder } = this.#context;
    const { namespace, name: podName } = pod.metadata ?? {};
    const name = `${podName}-${volume.name}`;
    const existing = this.#claims.lister.get(namespace, name);
    if (existing && isControlledBy(existing, pod)) return;
    if (existing) throw new Error(`PVC "${namespace}/${name}" was not created for pod "${podName}" (pod is not owner)`);
    const { metadata, spec } = volume.ephemeral?.volumeClaimTemplate ?? {};
    const { labels, annotations } = metadata ?? {};
    const ownerReferences = [controllerReference(pod, { apiVersion: "v1", kind: "Pod" })];
    try {
      await client.core.v1.persistentvolumeclaims.create({
        metadata: { namespace, name, labels, annotations, ownerReferences },
        spec,
      });
    } catch (error) {
      if (isNamespaceTerminating(error)) return;
      recorder.event(
        pod,
        "Warning",
        "FailedCreate",
        `ephemeral volume "${volume.name}": create PVC ${name}: ${messageOf(error)}`,
      );
      throw error;
    }
  }
}

function ephemeralVolumes({ spec }: Pod): Volume[] {
  return (spec?.volumes ?? []).filter(({ ephemeral }) => ephemeral?.volumeClaimTemplate);
}
