import "reflect-metadata";
import { webcrypto } from "node:crypto";
import { Pkcs10CertificateRequest, SubjectAlternativeNameExtension } from "@peculiar/x509";
import type { SigningRequest } from "./signing-request.ts";

/** Reads a request for a certificate from PEM; undefined when it is none. */
export async function readRequest(pem: string): Promise<SigningRequest | undefined> {
  try {
    const request = new Pkcs10CertificateRequest(pem);
    if (!(await request.verify(webcrypto))) return undefined;
    const { subjectName } = request;
    const names = request.extensions.flatMap((extension) =>
      extension instanceof SubjectAlternativeNameExtension ? extension.names.toJSON() : [],
    );
    const isHost = ({ type }: { type: string }) => type === "dns" || type === "ip";
    return {
      subject: {
        commonName: subjectName.getField("CN")[0] ?? "",
        organizations: subjectName.getField("O"),
      },
      publicKey: Buffer.from(request.publicKey.rawData),
      names: names.filter(isHost).map(({ value }) => value),
      hasOtherNames: !names.every(isHost),
    };
  } catch {
    return undefined;
  }
}
