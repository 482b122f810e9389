import type { ApiObject } from "../../../lib/resources/strategy.ts";
import { badRequest } from "../errors.ts";
import type { ResourceInfo } from "../resource-info.ts";

/**
 * The namespace that a write is about: the request's, or the object's.
 * @throws StatusError `BadRequest` when they differ.
 */
export function requestNamespace(
  info: ResourceInfo,
  requested: string | undefined,
  object: ApiObject,
): string | undefined {
  if (!info.schema.namespaced) return undefined;
  const own = object.metadata?.namespace;
  if (requested && own && requested !== own) {
    throw badRequest("the namespace of the provided object does not match the namespace sent on the request");
  }
  return requested || own || undefined;
}
