import type { Identity } from "../../../lib/grpc/router.ts";
import type { Authenticator } from "./authenticator.ts";

/** Clients with a certificate of the cluster's authority: common name and organisations are user and groups. */
export const clientCertificate: Authenticator = {
  name: "client certificate",
  authenticate({ certificate }): Identity | undefined {
    const user = all(certificate?.subject?.CN)[0];
    if (!user) return undefined;
    const fingerprint = certificate?.fingerprint256?.replaceAll(":", "").toLowerCase();
    return {
      user,
      groups: [...all(certificate?.subject?.O), "system:authenticated"],
      ...(fingerprint && { extra: { "authentication.kubernetes.io/credential-id": [`X509SHA256=${fingerprint}`] } }),
    };
  },
};

/** Node hands out a name's value as text, or as a list when there are several. */
function all(value: string | readonly string[] | undefined): readonly string[] {
  if (value === undefined) return [];
  return typeof value === "string" ? [value] : value;
}
