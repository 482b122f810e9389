import { deepEqual } from "../../../../lib/api/deep.ts";
import { clonePlain } from "../../../../lib/base/plain-data.ts";
import type { ApiObject } from "../../../../lib/resources/strategy.ts";
import type { AdmissionRequest } from "../admission.ts";

/** Puts what somebody has made of a request's object in its place, complete; answers whether that is a change. */
export function replaceContents({ info, part, object }: AdmissionRequest, next: ApiObject): boolean {
  if (!object) return false;
  const { form } = part ?? info;
  form.normalise(next);
  if (!part) info.strategy.defaults?.(next);
  const before = clonePlain(object);
  form.normalise(before);
  if (deepEqual(before, next)) return false;
  for (const name of Object.keys(object)) if (!(name in next)) Reflect.deleteProperty(object, name);
  Object.assign(object, next);
  return true;
}
