import { badRequest } from "../errors.ts";
import type { ObjectPath } from "../registry/object-store.ts";
import type { ResourceInfo } from "../resource-info.ts";

/** The place of the object that a request names. @throws StatusError `BadRequest` when it names none. */
export function objectPath(info: ResourceInfo, namespace: string | undefined, name: string | undefined): ObjectPath {
  if (!name) throw badRequest("name is required");
  if (!info.schema.namespaced) return { info, namespace: undefined, name };
  if (!namespace) throw badRequest("an empty namespace may not be set when a resource name is provided");
  return { info, namespace, name };
}
