import type { StatefulSet } from "../../../gen/typernetes/apps/v1/stateful_set.ts";
import type { PersistentVolumeClaim } from "../../../gen/typernetes/core/v1/persistent_volume_claim.ts";
import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import type { OwnerReference } from "../../../gen/typernetes/meta/v1/object_meta.ts";
import { isStatusError } from "../../../lib/base/status-error.ts";
import { controllerReference } from "../../../lib/controller/controller-ref.ts";
import { messageOf } from "../failures.ts";
import { claimsFor, ordinalRange, statefulSetKind } from "./identity.ts";
import type { SetSync } from "./set-sync.ts";

const podKind = { apiVersion: "v1", kind: "Pod" };

/** Creates the claims of an ordinal that are not there. @throws when one cannot be made, or is being deleted */
export async function createMissingClaims(sync: SetSync, ordinal: number): Promise<void> {
  const { context, set, claims } = sync;
  for (const claim of claimsFor(set, ordinal)) {
    const { namespace, name = "" } = claim.metadata ?? {};
    const existing = claims.get(namespace, name);
    if (existing?.metadata?.deletionTimestamp) throw new Error(`pvc ${name} is being deleted`);
    if (existing) continue;
    const podName = `${set.metadata?.name}-${ordinal}`;
    try {
      const ownerReferences = ownersWanted(set, ordinal).set ? [controllerReference(set, statefulSetKind)] : undefined;
      await context.client.core.v1.persistentvolumeclaims.create({
        ...claim,
        metadata: { ...claim.metadata, ownerReferences },
      });
      const message = `create Claim ${name} Pod ${podName} in StatefulSet ${set.metadata?.name} success`;
      context.recorder.event(set, "Normal", "SuccessfulCreate", message);
    } catch (error) {
      if (isStatusError(error, "AlreadyExists")) continue;
      const message = `create Claim ${name} for Pod ${podName} in StatefulSet ${set.metadata?.name} failed error: ${messageOf(error)}`;
      context.recorder.event(set, "Warning", "FailedCreate", message);
      throw error;
    }
  }
}

/** Whether a claim of an ordinal goes with a pod of the same name that is no more: it has to go first. */
export function hasStaleClaim({ set, claims }: SetSync, ordinal: number, pod: Pod | undefined): boolean {
  const podName = `${set.metadata?.name}-${ordinal}`;
  return claimsFor(set, ordinal).some(({ metadata }) => {
    const claim = claims.get(metadata?.namespace, metadata?.name ?? "");
    const owners = claim?.metadata?.ownerReferences ?? [];
    return owners.some(({ kind, name, uid }) => kind === "Pod" && name === podName && uid !== pod?.metadata?.uid);
  });
}

/** Makes the claims of a pod's ordinal belong to whatever they are to go with, as the retention policy says. */
export async function applyRetention({ context, set, claims }: SetSync, ordinal: number, pod: Pod): Promise<void> {
  for (const { metadata } of claimsFor(set, ordinal)) {
    const claim = claims.get(metadata?.namespace, metadata?.name ?? "");
    const ownerReferences = claim && ownersFor(claim, set, ordinal, pod);
    if (ownerReferences)
      await context.client.core.v1.persistentvolumeclaims.update({
        ...claim,
        metadata: { ...claim.metadata, ownerReferences },
      });
  }
}

/** With what the claims of an ordinal go. */
function ownersWanted(set: StatefulSet, ordinal: number): { set: boolean; pod: boolean } {
  const { whenDeleted, whenScaled } = set.spec?.persistentVolumeClaimRetentionPolicy ?? {};
  const { first, end } = ordinalRange(set);
  const isScaledDown = whenScaled === "Delete" && (ordinal < first || ordinal >= end);
  return { set: whenDeleted === "Delete" && !isScaledDown, pod: isScaledDown };
}

/** The owners that a claim should have; undefined when it has them, or belongs to somebody else. */
function ownersFor(
  { metadata }: PersistentVolumeClaim,
  set: StatefulSet,
  ordinal: number,
  pod: Pod,
): OwnerReference[] | undefined {
  const owners = metadata?.ownerReferences ?? [];
  const [setUid, podUid] = [set.metadata?.uid, pod.metadata?.uid];
  if (owners.some(({ controller, uid }) => controller && uid !== setUid && uid !== podUid)) return undefined;
  const wanted = ownersWanted(set, ordinal);
  const has = (uid: string | undefined) => owners.some((owner) => owner.uid === uid);
  if (has(setUid) === wanted.set && has(podUid) === wanted.pod) return undefined;
  const kept = owners.filter(({ uid }) => uid !== setUid && uid !== podUid);
  if (wanted.set) kept.push(controllerReference(set, statefulSetKind));
  if (wanted.pod) kept.push(controllerReference(pod, podKind));
  return kept;
}
