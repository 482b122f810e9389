import { StatusError } from "../../../lib/base/status-error.ts";
import type { Identity } from "../../../lib/grpc/router.ts";
import type { Authenticator, Credentials } from "./authenticator.ts";

const authenticated = "system:authenticated";
const anonymous = "system:anonymous";

/**
 * Asks the authenticators in order who shows these credentials.
 * @throws StatusError `Unauthorized` when nobody knows, or a token is not good.
 */
export async function authenticateRequest(
  authenticators: readonly Authenticator[],
  credentials: Credentials,
): Promise<Identity> {
  for (const authenticator of authenticators) {
    const found = authenticator.authenticate(credentials);
    const identity = found instanceof Promise ? await found : found;
    if (identity) return withAuthenticatedGroup(identity);
  }
  throw unauthorized();
}

/** What a client is told whose credentials are not good. */
export function unauthorized(cause?: unknown): StatusError {
  return new StatusError("Unauthorized", "Unauthorized", {}, cause === undefined ? {} : { cause });
}

/** The token of a header or of metadata `authorization`; undefined when it has none. */
export function bearerTokenOf(authorization: string | undefined): string | undefined {
  const [scheme = "", token = ""] = authorization?.trim().split(/\s+/) ?? [];
  return scheme.toLowerCase() === "bearer" && token ? token : undefined;
}

function withAuthenticatedGroup(identity: Identity): Identity {
  const { user, groups } = identity;
  if (user === anonymous || groups.includes(authenticated)) return identity;
  return { ...identity, groups: [...groups, authenticated] };
}
