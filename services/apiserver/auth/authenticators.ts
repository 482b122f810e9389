import { anonymous } from "./anonymous.ts";
import type { Authenticator } from "./authenticator.ts";
import { clientCertificate } from "./client-certificate.ts";

/** How clients are known, in the order in which it is tried. */
export function createAuthenticators(): Authenticator[] {
  return [clientCertificate, anonymous];
}
