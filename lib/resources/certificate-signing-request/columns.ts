import type { CertificateSigningRequest } from "../../../gen/typernetes/certificates/v1/certificate_signing_request.ts";
import { humanDuration } from "../../api/human-duration.ts";
import { ageColumn, none, textColumn } from "../columns.ts";
import type { Column } from "../strategy.ts";

/** What is printed of a request for a certificate. */
export const certificateSigningRequestColumns: readonly Column<CertificateSigningRequest>[] = [
  ageColumn,
  textColumn("SignerName", "Who is asked to sign.", (it) => it.spec?.signerName ?? ""),
  textColumn("Requestor", "Who asks.", (it) => it.spec?.username ?? ""),
  textColumn("RequestedDuration", "For how long the certificate is to be good.", ({ spec }) =>
    spec?.expirationSeconds === undefined ? none : humanDuration(spec.expirationSeconds * 1000),
  ),
  textColumn("Condition", "How far the request is.", condition),
];

function condition({ status }: CertificateSigningRequest): string {
  const has = (type: string) => status?.conditions?.some((it) => it.type === type) ?? false;
  const decision = has("Denied") ? "Denied" : has("Approved") ? "Approved" : "Pending";
  return [decision, ...(has("Failed") ? ["Failed"] : []), ...(status?.certificate ? ["Issued"] : [])].join(",");
}
