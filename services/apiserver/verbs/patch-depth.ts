import { badRequest } from "../errors.ts";

/** Deeper than any object; what applies patches calls itself for each level. */
const depthMax = 500;

/** Level by level, since nobody knows yet how deep it is. @throws StatusError BadRequest. */
export function refuseDeepPatch(patch: unknown): void {
  let level = [patch];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > depthMax) throw badRequest("error decoding patch: exceeded max depth");
    level = level.flatMap((value) => (typeof value === "object" && value !== null ? Object.values(value) : []));
  }
}
