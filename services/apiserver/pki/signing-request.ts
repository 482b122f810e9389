import type { CertificateSubject } from "./pki.ts";

/** What a request for a certificate (PKCS #10) asks for. */
export interface SigningRequest {
  readonly subject: Required<CertificateSubject>;
  /** The public key, as DER. */
  readonly publicKey: Buffer;
  readonly names: readonly string[];
  /** Mail addresses and URIs, which no signer here vouches for. */
  readonly hasOtherNames: boolean;
}

/** Reads a request, PEM in base64; undefined when it is none, or is not signed with its own key. */
export async function readSigningRequest(base64: string): Promise<SigningRequest | undefined> {
  const { readRequest } = await import("./certificate-request.ts");
  return readRequest(Buffer.from(base64, "base64").toString());
}

/** Whom a request names; undefined when it is none. */
export async function subjectOf(base64: string): Promise<Required<CertificateSubject> | undefined> {
  return (await readSigningRequest(base64))?.subject;
}
