import type { Clock } from "../../../lib/base/clock.ts";
import type { ResourceInfo } from "../resource-info.ts";
import type { WatchCache } from "../watch-cache/watch-cache.ts";
import { anonymous } from "./anonymous.ts";
import type { AuthOptions } from "./auth-options.ts";
import type { Authenticator } from "./authenticator.ts";
import { bootstrapTokens } from "./bootstrap-tokens.ts";
import { clientCertificate } from "./client-certificate.ts";
import { oidcTokens } from "./oidc.ts";
import { serviceAccountTokens } from "./service-account-authenticator.ts";
import { staticTokens } from "./static-tokens.ts";
import type { ServiceAccountTokens } from "./tokens/service-account-tokens.ts";

export interface AuthenticatorParts {
  cache: WatchCache;
  clock: Clock;
  secrets: ResourceInfo;
  tokens: ServiceAccountTokens;
}

/** How clients are known, in the order in which it is tried. */
export function createAuthenticators(
  { cache, clock, secrets, tokens }: AuthenticatorParts,
  options: AuthOptions,
): Authenticator[] {
  const { tokenAuthFile, oidc, anonymousAuth = true } = options;
  return [
    clientCertificate,
    ...(tokenAuthFile ? [staticTokens(tokenAuthFile)] : []),
    serviceAccountTokens(tokens),
    bootstrapTokens(cache, secrets, clock),
    ...(oidc ? [oidcTokens(oidc, clock)] : []),
    ...(anonymousAuth ? [anonymous] : []),
  ];
}
