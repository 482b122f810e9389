import type { PeerCertificate } from "node:tls";
import { StatusError } from "../../../lib/base/status-error.ts";
import type { Identity } from "../../../lib/grpc/router.ts";

/** Who a client is, by the certificate it showed: common name and organisations. @throws StatusError `Unauthorized`. */
export function authenticate(certificate: PeerCertificate | undefined): Identity {
  const user = all(certificate?.subject?.CN)[0];
  if (!user)
    throw new StatusError("Unauthorized", "Unauthorized: show a client certificate signed by the cluster's CA");
  return { user, groups: [...all(certificate?.subject?.O), "system:authenticated"] };
}

/** Node hands out a name's value as text, or as a list when there are several. */
function all(value: string | readonly string[] | undefined): readonly string[] {
  if (value === undefined) return [];
  return typeof value === "string" ? [value] : value;
}
