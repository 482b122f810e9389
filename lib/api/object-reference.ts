import type { ObjectReference } from "../../gen/typernetes/core/v1/reference.ts";
import type { ObjectMeta, OwnerReference } from "../../gen/typernetes/meta/v1/object_meta.ts";
import type { ApiObject } from "./resource-info.ts";

interface Kind {
  readonly apiVersion: string;
  readonly kind: string;
}

/** A reference to an object as events and endpoints carry it; `kind` says what it is, for objects do not always. */
export function objectReference(object: ApiObject, { apiVersion, kind }: Kind): ObjectReference {
  const { name, namespace, uid, resourceVersion } = object.metadata ?? {};
  return { apiVersion, kind, name, namespace, uid, resourceVersion };
}

/** A reference to the owner of an object, which is deleted after it. */
function ownerReference(owner: ApiObject, { apiVersion, kind }: Kind): OwnerReference {
  return { apiVersion, kind, name: owner.metadata?.name, uid: owner.metadata?.uid };
}

/** A reference to the one owner that manages an object. */
export function controllerReference(owner: ApiObject, kind: Kind): OwnerReference {
  return { ...ownerReference(owner, kind), controller: true, blockOwnerDeletion: true };
}

/** The owner that manages an object; undefined when none does. */
export function controllerOf(meta: ObjectMeta | undefined): OwnerReference | undefined {
  return meta?.ownerReferences?.find((owner) => owner.controller === true);
}

/** Whether `owner` manages the object: the same object, not one of the same name made later. */
export function isControlledBy(meta: ObjectMeta | undefined, owner: ApiObject): boolean {
  const uid = controllerOf(meta)?.uid;
  return uid !== undefined && uid === owner.metadata?.uid;
}
