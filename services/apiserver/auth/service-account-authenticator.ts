import type { Identity } from "../../../lib/grpc/router.ts";
import { unauthorized } from "./authenticate-request.ts";
import type { Authenticator } from "./authenticator.ts";
import type { ServiceAccountTokens } from "./tokens/service-account-tokens.ts";

/** Pods and others with a token of a service account. */
export function serviceAccountTokens(tokens: ServiceAccountTokens): Authenticator {
  return {
    name: "service account",
    authenticate({ bearerToken, audiences = tokens.apiAudiences }) {
      if (bearerToken === undefined) return undefined;
      const found = tokens.verify(bearerToken, audiences);
      return found instanceof Promise ? found.then(identityIn) : identityIn(found);
    },
  };
}

/** @throws StatusError Unauthorized */
function identityIn(found: Awaited<ReturnType<ServiceAccountTokens["verify"]>>): Identity | undefined {
  if (found === "refused") throw unauthorized();
  return found?.identity;
}
