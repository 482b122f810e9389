import type { OwnerReference } from "../../gen/typernetes/meta/v1/object_meta.ts";
import { isStatusError } from "../base/status-error.ts";
import type { KubernetesObject, ResourceClient } from "../client/resource-client.ts";

/** The owner reference of the object's managing controller. */
export function controllerOf(object: KubernetesObject): OwnerReference | undefined {
  return object.metadata?.ownerReferences?.find((reference) => reference.controller === true);
}

/** Whether `owner` is the managing controller of `object`. */
export function isControlledBy(object: KubernetesObject, owner: KubernetesObject): boolean {
  return controllerOf(object)?.uid === owner.metadata?.uid;
}

/** The reference that makes `owner` the managing controller of what carries it. */
export function newControllerRef(owner: KubernetesObject, apiVersion: string, kind: string): OwnerReference {
  const { name, uid } = owner.metadata ?? {};
  return { apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: true };
}

/** What `claimChildren` works on. */
export interface Claim<C extends KubernetesObject> {
  owner: KubernetesObject;
  apiVersion: string;
  kind: string;
  /** Whether a child is what the owner selects. */
  matches: (child: C) => boolean;
  client: ResourceClient<C>;
}

/**
 * The children that belong to an owner: adopts orphans that it selects, releases its own that it does not select any more.
 * An owner being deleted adopts nothing. Children that changed hands meanwhile are left out.
 */
export async function claimChildren<C extends KubernetesObject>(
  claim: Claim<C>,
  candidates: Iterable<C>,
): Promise<C[]> {
  const claimed: C[] = [];
  for (const child of candidates) {
    const controller = controllerOf(child);
    if (controller) {
      if (controller.uid !== claim.owner.metadata?.uid) continue;
      if (claim.matches(child)) claimed.push(child);
      else if (!claim.owner.metadata?.deletionTimestamp) await release(claim, child);
      continue;
    }
    if (claim.owner.metadata?.deletionTimestamp || child.metadata?.deletionTimestamp || !claim.matches(child)) continue;
    const adopted = await adopt(claim, child);
    if (adopted) claimed.push(adopted);
  }
  return claimed;
}

async function adopt<C extends KubernetesObject>(claim: Claim<C>, child: C): Promise<C | undefined> {
  const { uid, namespace, name = "" } = child.metadata ?? {};
  const ownerReferences = [
    ...(child.metadata?.ownerReferences ?? []),
    newControllerRef(claim.owner, claim.apiVersion, claim.kind),
  ];
  return unlessGone(claim.client.patch(name, { metadata: { uid, ownerReferences } }, { namespace }));
}

async function release<C extends KubernetesObject>(claim: Claim<C>, child: C): Promise<void> {
  const { uid, namespace, name = "" } = child.metadata ?? {};
  const ownerReferences = [{ $patch: "delete", uid: claim.owner.metadata?.uid }];
  await unlessGone(claim.client.patch(name, { metadata: { uid, ownerReferences } }, { namespace }));
}

/** The patched child, or undefined when it went or was replaced by another of the same name. */
async function unlessGone<T>(patched: Promise<T>): Promise<T | undefined> {
  try {
    return await patched;
  } catch (error) {
    if (isStatusError(error, "NotFound", "Invalid", "Conflict")) return undefined;
    throw error;
  }
}
