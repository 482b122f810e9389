import type { Identity } from "../../../lib/grpc/router.ts";
import type { RequestAttributes } from "../request-attributes.ts";

/** A request for a path that is not a resource's: `/healthz`, `/metrics`. */
export interface PathAttributes {
  /** The HTTP method in lower case. */
  readonly verb: string;
  readonly path: string;
}

/** What somebody wants to do. */
export type Attributes = RequestAttributes | PathAttributes;

/** What one authoriser says. `none`: it has no opinion, and the next one is asked. */
export interface Decision {
  readonly verdict: "allow" | "deny" | "none";
  readonly reason: string;
}

/** One way of deciding who may do what. */
export interface Authoriser {
  readonly name: string;
  decide(identity: Identity, attributes: Attributes): Decision | Promise<Decision>;
}

/** An authoriser that knows nothing of a request. */
export const noOpinion: Decision = Object.freeze({ verdict: "none", reason: "" });

/** Whether attributes are of a path and not of a resource. */
export function isPath(attributes: Attributes): attributes is PathAttributes {
  return "path" in attributes;
}
