import { isTooDeep } from "../../../lib/api/nesting.ts";
import { badRequest } from "../errors.ts";

/** What applies patches calls itself for each level. @throws StatusError BadRequest. */
export function refuseDeepPatch(patch: unknown): void {
  if (isTooDeep(patch)) throw badRequest("error decoding patch: exceeded max depth");
}
