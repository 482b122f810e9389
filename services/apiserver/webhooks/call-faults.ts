/** A webhook could not be asked, or did not answer as webhooks do. */
export class WebhookCallError extends Error {
  override readonly name = "WebhookCallError";
}

const shownBytesMax = 200;

/** Why there was no answer, in the words of Kubernetes' clients where they have some. */
export function connectionFault(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code, message, name } = error as NodeJS.ErrnoException & { address?: string; port?: number };
  if (name === "AbortError" || name === "TimeoutError" || code === "ETIMEDOUT") return "context deadline exceeded";
  const { address, port, syscall } = error as NodeJS.ErrnoException & { address?: string; port?: number };
  if (code === "ECONNREFUSED") return `dial tcp ${address}:${port}: ${syscall}: connection refused`;
  if (code === "ENOTFOUND") return `dial tcp: lookup failed: no such host`;
  if (code === "EHOSTUNREACH") return `dial tcp ${address}:${port}: ${syscall}: no route to host`;
  if (isCertificateFault(code, message))
    return `tls: failed to verify certificate: x509: ${certificateFault(code, message)}`;
  return message;
}

/** An answer that is none. */
export function statusFault(code: number, text: string): WebhookCallError {
  const shown = JSON.stringify(text.slice(0, shownBytesMax));
  if (code === 404) return new WebhookCallError("the server could not find the requested resource");
  if (code >= 500)
    return new WebhookCallError(`an error on the server (${shown}) has prevented the request from succeeding`);
  return new WebhookCallError(`the server responded with the status code ${code} but did not return more information`);
}

const untrusted = new Set([
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "CERT_SIGNATURE_FAILURE",
]);

function isCertificateFault(code: string | undefined, message: string): boolean {
  return untrusted.has(code ?? "") || code === "CERT_HAS_EXPIRED" || /altnames/i.test(message);
}

function certificateFault(code: string | undefined, message: string): string {
  if (untrusted.has(code ?? "")) return "certificate signed by unknown authority";
  return code === "CERT_HAS_EXPIRED" ? "certificate has expired or is not yet valid" : message;
}
