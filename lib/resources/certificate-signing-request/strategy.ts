import type { CertificateSigningRequest } from "../../../gen/typernetes/certificates/v1/certificate_signing_request.ts";
import { pathSegmentName } from "../../api/names.ts";
import { schemaOf } from "../schema-of.ts";
import { dropStatus, keepSpec, keepStatus } from "../status-rules.ts";
import type { Strategy } from "../strategy.ts";
import { certificateSigningRequestColumns } from "./columns.ts";
import { validateCertificateSigningRequest } from "./validate.ts";

/** How requests for certificates behave. What approvers and signers may change is a matter of their subresources. */
export const certificateSigningRequest: Strategy<CertificateSigningRequest> = {
  schema: schemaOf("certificates.k8s.io", "v1", "certificatesigningrequests"),
  nameRule: pathSegmentName,
  prepareForCreate: dropStatus,
  prepareForUpdate(object, old) {
    // What is requested stays, whatever an update says.
    object.spec = old.spec;
    keepStatus(object, old);
  },
  prepareForStatusUpdate: keepSpec,
  validate: validateCertificateSigningRequest,
  hasGeneration: false,
  selectableFields: { "spec.signerName": (it) => it.spec?.signerName ?? "" },
  columns: certificateSigningRequestColumns,
};
