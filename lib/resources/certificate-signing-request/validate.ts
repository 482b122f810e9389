import type { CertificateSigningRequest } from "../../../gen/typernetes/certificates/v1/certificate_signing_request.ts";
import type { FieldErrors } from "../../api/field-errors.ts";
import { validateSignerName } from "./signer-name.ts";

const usages = [
  "any",
  "cert sign",
  "client auth",
  "code signing",
  "content commitment",
  "crl sign",
  "data encipherment",
  "decipher only",
  "digital signature",
  "email protection",
  "encipher only",
  "ipsec end system",
  "ipsec tunnel",
  "ipsec user",
  "key agreement",
  "key encipherment",
  "microsoft sgc",
  "netscape sgc",
  "ocsp signing",
  "s/mime",
  "server auth",
  "signing",
  "timestamping",
];
const expirationSecondsMin = 600;
const legacySigner = "kubernetes.io/legacy-unknown";
const pemBlock = /-----BEGIN ([^\n-]+)-----\r?\n[A-Za-z0-9+/=\s]+-----END \1-----/;

/** Checks a request for a certificate. */
export function validateCertificateSigningRequest({ spec = {} }: CertificateSigningRequest, errors: FieldErrors): void {
  validateRequest(spec.request ?? "", "spec.request", errors);
  validateUsages(spec.usages ?? [], "spec.usages", errors);
  const signer = spec.signerName ?? "";
  if (signer === legacySigner)
    errors.invalid("spec.signerName", signer, "the legacy signerName is not allowed via this API version");
  else validateSignerName(signer, "spec.signerName", errors);
  const seconds = spec.expirationSeconds;
  if (seconds !== undefined && seconds < expirationSecondsMin)
    errors.invalid("spec.expirationSeconds", seconds, "may not specify a duration less than 600 seconds (10 minutes)");
}

/** Whether it is a request in PEM. What is in it is read by who signs it. */
function validateRequest(request: string, path: string, errors: FieldErrors): void {
  const type = pemBlock.exec(textOf(request))?.[1];
  if (type !== "CERTIFICATE REQUEST") errors.invalid(path, request, "PEM block type must be CERTIFICATE REQUEST");
}

function textOf(base64: string): string {
  try {
    return atob(base64);
  } catch {
    return "";
  }
}

function validateUsages(given: readonly string[], path: string, errors: FieldErrors): void {
  if (given.length === 0) errors.required(path);
  for (const [index, usage] of given.entries())
    if (!usages.includes(usage)) errors.notSupported(`${path}[${index}]`, usage, usages);
  for (const [index, usage] of given.entries())
    if (given.indexOf(usage) < index) errors.duplicate(`${path}[${index}]`, usage);
}
