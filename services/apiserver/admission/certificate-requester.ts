import type { CertificateSigningRequest } from "../../../gen/typernetes/certificates/v1/certificate_signing_request.ts";
import type { ApiObject } from "../../../lib/resources/strategy.ts";
import { userInfoOf } from "../reviews/token-review.ts";
import type { AdmissionPluginFactory } from "./admission.ts";

/** A request for a certificate says who asks: as the server knows it, not as the client says. */
export const certificateRequester: AdmissionPluginFactory = () => ({
  name: "CertificateRequester",
  kinds: ["certificatesigningrequests.certificates.k8s.io"],
  admit({ operation, subresource, object, identity }) {
    if (operation !== "CREATE" || subresource || !object) return;
    const request: ApiObject & CertificateSigningRequest = object;
    const { username, uid, groups, extra } = userInfoOf(identity);
    request.spec = { ...request.spec, username, uid, groups, extra };
  },
});
