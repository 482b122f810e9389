import type { Identity } from "../../../lib/grpc/router.ts";
import { unauthorized } from "./authenticate-request.ts";
import type { Authenticator } from "./authenticator.ts";

const nobody: Identity = Object.freeze({
  user: "system:anonymous",
  groups: Object.freeze(["system:unauthenticated"]),
});

/** Who shows nothing is anonymous; who shows a token that nobody before knew is refused. */
export const anonymous: Authenticator = {
  name: "anonymous",
  authenticate({ bearerToken }) {
    if (bearerToken !== undefined) throw unauthorized();
    return nobody;
  },
};
