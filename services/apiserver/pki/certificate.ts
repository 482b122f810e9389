import "reflect-metadata";
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, webcrypto } from "node:crypto";
import { isIP } from "node:net";
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  Name,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from "@peculiar/x509";
import type { CertificateSubject } from "./pki.ts";

export interface CertificateRequest {
  subject: CertificateSubject;
  /** Key of the one who is certified, as PEM; the private one when there is no issuer. */
  key: string;
  /** Who certifies, certificate and private key as PEM; oneself when absent. */
  issuer?: { cert: string; key: string };
  notBeforeMs: number;
  notAfterMs: number;
  usage: "authority" | "client" | "server";
  /** Host names and addresses that a server is reached by. */
  names?: readonly string[];
}

const keyUsages = {
  authority: KeyUsageFlags.digitalSignature | KeyUsageFlags.keyCertSign,
  client: KeyUsageFlags.digitalSignature | KeyUsageFlags.keyEncipherment,
  server: KeyUsageFlags.digitalSignature | KeyUsageFlags.keyEncipherment,
};

/** A new elliptic-curve private key (P-256), as PEM. */
export function makeKey(): string {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return privateKey.export({ type: "pkcs8", format: "pem" }).toString();
}

/** Makes an X.509 v3 certificate (RFC 5280), as PEM. */
export async function makeCertificate(request: CertificateRequest): Promise<string> {
  const issuer = request.issuer && new X509Certificate(request.issuer.cert);
  const subject = nameOf(request.subject);
  const signer = createPrivateKey(request.issuer?.key ?? request.key);
  const signingAlgorithm = algorithmOf(signer);
  const certificate = await X509CertificateGenerator.create(
    {
      subject,
      issuer: issuer?.subjectName ?? subject,
      notBefore: new Date(request.notBeforeMs),
      notAfter: new Date(request.notAfterMs),
      publicKey: publicKeyOf(request.key),
      signingKey: await importKey(signer, signingAlgorithm),
      signingAlgorithm,
      extensions: await extensionsOf(request, issuer),
    },
    webcrypto,
  );
  return `${certificate.toString("pem")}\n`;
}

async function extensionsOf(request: CertificateRequest, issuer: X509Certificate | undefined): Promise<Extension[]> {
  const { usage, names = [] } = request;
  const own = await SubjectKeyIdentifierExtension.create(publicKeyOf(request.key), false, webcrypto);
  const issuerKeyId = issuer ? issuer.getExtension(SubjectKeyIdentifierExtension)?.keyId : own.keyId;
  const found: Extension[] = [
    new KeyUsagesExtension(keyUsages[usage], true),
    new BasicConstraintsExtension(usage === "authority", undefined, true),
    own,
  ];
  if (issuerKeyId) found.push(new AuthorityKeyIdentifierExtension(issuerKeyId));
  if (usage !== "authority") {
    found.push(new ExtendedKeyUsageExtension([ExtendedKeyUsage[usage === "server" ? "serverAuth" : "clientAuth"]]));
  }
  if (names.length > 0) found.push(new SubjectAlternativeNameExtension(names.map(alternativeName)));
  return found;
}

function alternativeName(name: string): { type: "ip" | "dns"; value: string } {
  return { type: isIP(name) ? "ip" : "dns", value: name };
}

function nameOf({ commonName, organizations = [] }: CertificateSubject): Name {
  return new Name([
    ...organizations.map((name) => ({ O: [{ utf8String: name }] })),
    { CN: [{ utf8String: commonName }] },
  ]);
}

function publicKeyOf(key: string): Buffer {
  return createPublicKey(key).export({ type: "spki", format: "der" });
}

const curves: Readonly<Record<string, string>> = { prime256v1: "P-256", secp384r1: "P-384", secp521r1: "P-521" };

/** How a key signs: an authority that was brought along may have another one than those made here. */
function algorithmOf(key: KeyObject) {
  if (key.asymmetricKeyType === "rsa") return { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
  const namedCurve = curves[key.asymmetricKeyDetails?.namedCurve ?? ""];
  if (!namedCurve) throw new TypeError(`an authority's key must be elliptic or RSA, not ${key.asymmetricKeyType}`);
  return { name: "ECDSA", namedCurve, hash: "SHA-256" };
}

function importKey(key: KeyObject, algorithm: ReturnType<typeof algorithmOf>) {
  const bytes = key.export({ type: "pkcs8", format: "der" });
  return webcrypto.subtle.importKey("pkcs8", bytes, algorithm, false, ["sign"]);
}
