import type { PersistentVolume } from "../../../gen/typernetes/core/v1/persistent_volume.ts";
import type {
  PersistentVolumeClaim,
  PersistentVolumeClaimStatus,
} from "../../../gen/typernetes/core/v1/persistent_volume_claim.ts";
import type { ObjectReference } from "../../../gen/typernetes/core/v1/reference.ts";
import { deepEqual } from "../../../lib/api/deep.ts";
import { isStatusError } from "../../../lib/base/status-error.ts";
import type { ControllerContext } from "../../../lib/controller/controller.ts";
import { annotated, bindCompleted, boundByController } from "./annotations.ts";
import { FreshObjects } from "./fresh-objects.ts";

interface Told {
  type: "Normal" | "Warning";
  reason: string;
  message: string;
}

/** Claims and volumes as they were last seen or written, and the writes that tie them together. */
export class Bindings {
  readonly claims: FreshObjects<PersistentVolumeClaim>;
  readonly volumes: FreshObjects<PersistentVolume>;
  readonly #context: ControllerContext;

  constructor(context: ControllerContext) {
    const { core } = context.client;
    this.#context = context;
    this.claims = new FreshObjects(context.informers.informer(core.v1.persistentvolumeclaims));
    this.volumes = new FreshObjects(context.informers.informer(core.v1.persistentvolumes));
  }

  /** The claim that a volume is for; a scheduler may have given it the volume before the claim is known here. */
  async claimOf({ namespace, name = "", uid }: ObjectReference): Promise<PersistentVolumeClaim | undefined> {
    const known = this.claims.byKey(`${namespace}/${name}`);
    if (known?.metadata?.uid === uid) return known;
    try {
      const found = await this.#context.client.core.v1.persistentvolumeclaims.get(name, { namespace });
      return found.metadata?.uid === uid ? found : undefined;
    } catch (error) {
      if (isStatusError(error, "NotFound")) return undefined;
      throw error;
    }
  }

  /** Ties both to each other, in an order in which a broken attempt is taken up again: the volume first. */
  async bind(volume: PersistentVolume, claim: PersistentVolumeClaim): Promise<void> {
    const boundVolume = await this.setVolumePhase(await this.#referToClaim(volume, claim), "Bound");
    const boundClaim = await this.#referToVolume(claim, boundVolume);
    const { accessModes, capacity } = boundVolume.spec ?? {};
    const isBound = boundClaim.status?.phase === "Bound";
    // Once bound, the capacity is that of the last growth which is complete.
    const known = isBound ? boundClaim.status?.capacity : undefined;
    await this.#writeClaimStatus(boundClaim, {
      ...boundClaim.status,
      phase: "Bound",
      accessModes,
      capacity: { ...known, storage: known?.["storage"] ?? capacity?.["storage"] ?? "0" },
      currentVolumeAttributesClassName:
        boundClaim.status?.currentVolumeAttributesClassName ?? boundVolume.spec?.volumeAttributesClassName,
    });
  }

  /** Gives a volume back that the controller had given away, or that waits for a claim by name. */
  async unbind(volume: PersistentVolume): Promise<void> {
    const { claimRef, ...spec } = volume.spec ?? {};
    const { [boundByController]: byController, ...annotations } = volume.metadata?.annotations ?? {};
    const freed = byController === undefined ? { ...spec, claimRef: { ...claimRef, uid: undefined } } : spec;
    const written = { ...volume, metadata: { ...volume.metadata, annotations }, spec: freed };
    await this.setVolumePhase(await this.writeVolume(written), "Available");
  }

  async setVolumePhase(volume: PersistentVolume, phase: string, told?: Told): Promise<PersistentVolume> {
    const { phase: before, message: said } = volume.status ?? {};
    const message = told?.message;
    if (before === phase && said === message) return volume;
    const { persistentvolumes } = this.#context.client.core.v1;
    const { reason: _, message: __, ...status } = volume.status ?? {};
    const written = { ...volume, status: { ...status, phase, ...(message !== undefined && { message }) } };
    const answer = await this.volumes.keep(persistentvolumes.updateStatus(written));
    if (told) this.#context.recorder.event(answer, told.type, told.reason, told.message);
    return answer;
  }

  async setClaimPhase(claim: PersistentVolumeClaim, phase: "Pending" | "Lost", told?: Told): Promise<void> {
    const isNew = claim.status?.phase !== phase;
    const { accessModes: _, capacity: __, ...status } = claim.status ?? {};
    const written = await this.#writeClaimStatus(claim, { ...status, phase });
    if (told && isNew) this.#context.recorder.event(written, told.type, told.reason, told.message);
  }

  writeClaim(claim: PersistentVolumeClaim): Promise<PersistentVolumeClaim> {
    return this.claims.keep(this.#context.client.core.v1.persistentvolumeclaims.update(claim));
  }

  writeVolume(volume: PersistentVolume): Promise<PersistentVolume> {
    return this.volumes.keep(this.#context.client.core.v1.persistentvolumes.update(volume));
  }

  async #writeClaimStatus(
    claim: PersistentVolumeClaim,
    status: PersistentVolumeClaimStatus,
  ): Promise<PersistentVolumeClaim> {
    if (deepEqual(claim.status, status)) return claim;
    const { persistentvolumeclaims } = this.#context.client.core.v1;
    return this.claims.keep(persistentvolumeclaims.updateStatus({ ...claim, status }));
  }

  async #referToClaim(volume: PersistentVolume, claim: PersistentVolumeClaim): Promise<PersistentVolume> {
    const { name, namespace, uid, resourceVersion } = claim.metadata ?? {};
    const before = volume.spec?.claimRef;
    if (before?.uid === uid && before?.name === name && before?.namespace === namespace) return volume;
    const claimRef = { kind: "PersistentVolumeClaim", apiVersion: "v1", namespace, name, uid, resourceVersion };
    const referring = { ...volume, spec: { ...volume.spec, claimRef } };
    return this.writeVolume(before ? referring : annotated(referring, boundByController, "yes"));
  }

  async #referToVolume(claim: PersistentVolumeClaim, volume: PersistentVolume): Promise<PersistentVolumeClaim> {
    const volumeName = volume.metadata?.name;
    let referring = claim;
    if (claim.spec?.volumeName !== volumeName)
      referring = annotated({ ...claim, spec: { ...claim.spec, volumeName } }, boundByController, "yes");
    if (claim.metadata?.annotations?.[bindCompleted] === undefined)
      referring = annotated(referring, bindCompleted, "yes");
    return referring === claim ? claim : this.writeClaim(referring);
  }
}
