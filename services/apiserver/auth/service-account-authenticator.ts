import { unauthorized } from "./authenticate-request.ts";
import type { Authenticator } from "./authenticator.ts";
import type { ServiceAccountTokens } from "./tokens/service-account-tokens.ts";

/** Pods and others with a token of a service account. */
export function serviceAccountTokens(tokens: ServiceAccountTokens): Authenticator {
  return {
    name: "service account",
    authenticate({ bearerToken, audiences = tokens.apiAudiences }) {
      if (bearerToken === undefined || !tokens.isOurs(bearerToken)) return undefined;
      const found = tokens.verify(bearerToken, audiences);
      if (!found) throw unauthorized();
      return found.identity;
    },
  };
}
