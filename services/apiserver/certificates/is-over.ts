import { X509Certificate } from "node:crypto";
import type { CertificateSigningRequest } from "../../../gen/typernetes/certificates/v1/certificate_signing_request.ts";

const hourMs = 3600_000;
const answeredMsMax = hourMs;
const pendingMsMax = 24 * hourMs;

/** Whether nobody needs a request any more: answered an hour ago, waiting for a day, or with a certificate that has ended. */
export function isOver({ metadata, status = {} }: CertificateSigningRequest, nowMs: number): boolean {
  const conditions = status.conditions ?? [];
  const isOld = (time: string | undefined, ageMs: number) => time !== undefined && nowMs - Date.parse(time) > ageMs;
  for (const { type, lastUpdateTime } of conditions) {
    if ((type === "Denied" || type === "Failed") && isOld(lastUpdateTime, answeredMsMax)) return true;
    if (type === "Approved" && status.certificate && isOld(lastUpdateTime, answeredMsMax)) return true;
  }
  if (conditions.length === 0 && isOld(metadata?.creationTimestamp, pendingMsMax)) return true;
  return status.certificate !== undefined && hasEnded(status.certificate, nowMs);
}

function hasEnded(base64: string, nowMs: number): boolean {
  try {
    return Date.parse(new X509Certificate(Buffer.from(base64, "base64")).validTo) < nowMs;
  } catch {
    return false;
  }
}
