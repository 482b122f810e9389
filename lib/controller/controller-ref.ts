import type { OwnerReference } from "../../gen/typernetes/meta/v1/object_meta.ts";
import { isStatusError } from "../base/status-error.ts";
import type { KubernetesObject, ResourceClient } from "../client/resource-client.ts";

/** The kind of an owner, as references name it. */
export interface OwnerKind {
  apiVersion: string;
  kind: string;
}

/** The reference to the controller of an object, if it has one. */
export function controllerOf(object: KubernetesObject): OwnerReference | undefined {
  return object.metadata?.ownerReferences?.find((reference) => reference.controller === true);
}

/** Whether `owner` controls `object`. */
export function isControlledBy(object: KubernetesObject, owner: KubernetesObject): boolean {
  const uid = owner.metadata?.uid;
  return uid !== undefined && controllerOf(object)?.uid === uid;
}

/** The reference that makes `owner` the controller of an object. */
export function controllerReference(owner: KubernetesObject, { apiVersion, kind }: OwnerKind): OwnerReference {
  const { name, uid } = owner.metadata ?? {};
  return { apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: true };
}

export interface ClaimSettings<T extends KubernetesObject> {
  owner: KubernetesObject;
  ownerKind: OwnerKind;
  /** The client of the claimed kind. */
  resource: ResourceClient<T>;
  /** Whether the owner's selector matches. */
  matches(object: T): boolean;
  /** The owner as the server has it now: one that is being deleted, or was replaced, adopts nothing. */
  freshOwner(): Promise<KubernetesObject>;
  /** A finalizer that objects get when they are adopted, and lose when they are released. */
  finalizer?: string;
  signal?: AbortSignal;
}

/**
 * Those of `objects` that belong to the owner. Adopts orphans that its selector matches and releases what it controls and its
 * selector does not match any more, as Kubernetes' controllers do. Throws when the server refuses.
 */
export async function claimObjects<T extends KubernetesObject>(
  objects: readonly T[],
  settings: ClaimSettings<T>,
): Promise<T[]> {
  let mayAdopt: Promise<void> | undefined;
  const checkAdoption = () => {
    mayAdopt ??= canAdopt(settings);
    return mayAdopt;
  };
  const claimed = await Promise.all(objects.map((object) => claim(object, settings, checkAdoption)));
  return claimed.filter((object) => object !== undefined);
}

async function claim<T extends KubernetesObject>(
  object: T,
  settings: ClaimSettings<T>,
  checkAdoption: () => Promise<void>,
): Promise<T | undefined> {
  const { owner, matches } = settings;
  const controller = controllerOf(object);
  if (controller && controller.uid !== owner.metadata?.uid) return undefined;
  const ownerIsGoing = owner.metadata?.deletionTimestamp !== undefined;
  if (controller) {
    if (matches(object)) return object;
    if (!ownerIsGoing) await release(object, settings);
    return undefined;
  }
  if (ownerIsGoing || object.metadata?.deletionTimestamp !== undefined || !matches(object)) return undefined;
  if (owner.metadata?.namespace && owner.metadata.namespace !== object.metadata?.namespace) return undefined;
  await checkAdoption();
  return adopt(object, settings);
}

async function canAdopt<T extends KubernetesObject>({ owner, freshOwner }: ClaimSettings<T>): Promise<void> {
  const fresh = await freshOwner();
  const { name, uid, deletionTimestamp } = fresh.metadata ?? {};
  if (uid !== owner.metadata?.uid) throw new Error(`${name} was replaced: uid ${owner.metadata?.uid} is gone`);
  if (deletionTimestamp !== undefined) throw new Error(`${name} has just been deleted at ${deletionTimestamp}`);
}

/** Undefined when the object has gone meanwhile. */
async function adopt<T extends KubernetesObject>(object: T, settings: ClaimSettings<T>): Promise<T | undefined> {
  const reference = controllerReference(settings.owner, settings.ownerKind);
  const finalizers = settings.finalizer ? [settings.finalizer] : undefined;
  const patch = { metadata: { uid: object.metadata?.uid, ownerReferences: [reference], finalizers } };
  return unlessRefused(patchMetadata(object, patch, settings), "NotFound");
}

async function release<T extends KubernetesObject>(object: T, settings: ClaimSettings<T>): Promise<void> {
  const reference = { $patch: "delete", uid: settings.owner.metadata?.uid };
  const withoutFinalizer = settings.finalizer && { "$deleteFromPrimitiveList/finalizers": [settings.finalizer] };
  const patch = { metadata: { uid: object.metadata?.uid, ownerReferences: [reference], ...withoutFinalizer } };
  // Invalid: the object has been replaced by another of its name, or has no owners any more.
  await unlessRefused(patchMetadata(object, patch, settings), "NotFound", "Invalid");
}

function patchMetadata<T extends KubernetesObject>(object: T, patch: object, settings: ClaimSettings<T>): Promise<T> {
  const { name = "", namespace } = object.metadata ?? {};
  const signal = settings.signal ? { signal: settings.signal } : {};
  return settings.resource.patch(name, patch, { namespace, type: "application/strategic-merge-patch+json", ...signal });
}

async function unlessRefused<T>(write: Promise<T>, ...reasons: ("NotFound" | "Invalid")[]): Promise<T | undefined> {
  try {
    return await write;
  } catch (error) {
    if (isStatusError(error, ...reasons)) return undefined;
    throw error;
  }
}
