import { clonePlain } from "../../../lib/base/plain-data.ts";
import type { ApiObject } from "../../../lib/resources/strategy.ts";

/** A copy of an object that may be changed, all but its managed fields, which are large and replaced as a whole. */
export function cloneObject<T extends ApiObject>(object: T): T {
  const { managedFields } = object.metadata ?? {};
  if (!managedFields) return clonePlain(object);
  const { metadata, ...content } = object;
  const { managedFields: _, ...rest } = metadata ?? {};
  return { ...clonePlain(content), metadata: { ...clonePlain(rest), managedFields } } as T;
}
