import type { CertificateSigningRequest } from "../../../gen/typernetes/certificates/v1/certificate_signing_request.ts";
import { deepEqual } from "../../../lib/api/deep.ts";
import type { ApiObject } from "../../../lib/resources/strategy.ts";
import { forbidden } from "../errors.ts";
import { subjectOf } from "../pki/signing-request.ts";
import type { AdmissionContext, AdmissionPlugin, AdmissionPluginFactory, AdmissionRequest } from "./admission.ts";

type SigningRequest = ApiObject & CertificateSigningRequest;

const certificates = "certificates.k8s.io";

/** Only who may `approve` for a signer approves what is asked of it. */
export const certificateApproval: AdmissionPluginFactory = (context) =>
  forRequests("CertificateApproval", async (request) => {
    if (request.operation !== "UPDATE" || request.subresource !== "approval") return;
    await checkSigner(context, request, "approve", "not permitted to approve requests with signerName");
  });

/** Only who may `sign` for a signer sets the certificate. */
export const certificateSigning: AdmissionPluginFactory = (context) =>
  forRequests("CertificateSigning", async (request) => {
    if (request.operation !== "UPDATE" || request.subresource !== "status") return;
    const now: SigningRequest = request.object ?? {};
    const before: SigningRequest = request.old ?? {};
    const failed = ({ status }: SigningRequest) => status?.conditions?.filter(({ type }) => type === "Failed") ?? [];
    const isSame = now.status?.certificate === before.status?.certificate && deepEqual(failed(now), failed(before));
    if (!isSame) await checkSigner(context, request, "sign", "not permitted to sign requests with signerName");
  });

/** Nobody becomes an administrator by a certificate that anybody may approve. */
export const certificateSubjectRestriction: AdmissionPluginFactory = () =>
  forRequests("CertificateSubjectRestriction", async (request) => {
    if (request.operation !== "CREATE" || request.subresource) return;
    const { spec }: SigningRequest = request.object ?? {};
    if (spec?.signerName !== "kubernetes.io/kube-apiserver-client") return;
    const subject = await subjectOf(spec.request ?? "");
    if (subject?.organizations.includes("system:masters")) {
      const detail = "use of kubernetes.io/kube-apiserver-client signer with system:masters group is not allowed";
      throw forbidden(request.info, request.name, detail);
    }
  });

function forRequests(name: string, validate: (request: AdmissionRequest) => Promise<void>): AdmissionPlugin {
  return { name, kinds: [`certificatesigningrequests.${certificates}`], validate };
}

/** By the signer's name, or by all names of its domain. */
async function checkSigner(
  { access }: AdmissionContext,
  request: AdmissionRequest,
  verb: string,
  detail: string,
): Promise<void> {
  const { spec }: SigningRequest = request.old ?? {};
  const signer = spec?.signerName ?? "";
  const domain = signer.slice(0, Math.max(signer.indexOf("/"), 0));
  for (const name of [signer, `${domain}/*`]) {
    const attributes = { verb, group: certificates, version: "*", resource: "signers", name };
    if (await access.isAllowed(request.identity, attributes)) return;
  }
  throw forbidden(request.info, request.name, `user ${detail} ${JSON.stringify(signer)}`);
}
