import { createHash, createPublicKey, type KeyObject, randomBytes, sign } from "node:crypto";
import { isIP } from "node:net";
import {
  bitString,
  boolean,
  contextConstructed,
  contextPrimitive,
  integer,
  objectIdentifier,
  octetString,
  sequence,
  setOf,
  time,
  utf8String,
} from "./der.ts";

/** Whom a certificate names: a user and groups for clients. */
export interface CertificateSubject {
  commonName: string;
  organizations?: readonly string[];
}

export interface CertificateRequest {
  subject: CertificateSubject;
  /** Elliptic-curve key (P-256) that is certified. */
  publicKey: KeyObject;
  /** Who certifies, with its private key. */
  issuer: { subject: CertificateSubject; privateKey: KeyObject };
  notBeforeMs: number;
  notAfterMs: number;
  usage: "authority" | "client" | "server";
  /** Host names and addresses that a server is reached by. */
  names?: readonly string[];
}

const ids = {
  commonName: "2.5.4.3",
  organization: "2.5.4.10",
  ecdsaWithSha256: "1.2.840.10045.4.3.2",
  subjectKeyIdentifier: "2.5.29.14",
  keyUsage: "2.5.29.15",
  subjectAltName: "2.5.29.17",
  basicConstraints: "2.5.29.19",
  authorityKeyIdentifier: "2.5.29.35",
  extendedKeyUsage: "2.5.29.37",
  serverAuth: "1.3.6.1.5.5.7.3.1",
  clientAuth: "1.3.6.1.5.5.7.3.2",
};

/** Bits of the key usage extension, most significant first: 0x80 digitalSignature, 0x20 keyEncipherment, 0x04 keyCertSign. */
const keyUsages = {
  authority: { bits: 0x84, unused: 2 },
  client: { bits: 0xa0, unused: 5 },
  server: { bits: 0xa0, unused: 5 },
};
const signatureAlgorithm = sequence(objectIdentifier(ids.ecdsaWithSha256));

/** Makes an X.509 v3 certificate (RFC 5280), as PEM. */
export function makeCertificate(request: CertificateRequest): string {
  const { subject, issuer, publicKey } = request;
  const body = sequence(
    contextConstructed(0, integer(Buffer.from([2]))),
    integer(serialNumber()),
    signatureAlgorithm,
    distinguishedName(issuer.subject),
    sequence(time(request.notBeforeMs), time(request.notAfterMs)),
    distinguishedName(subject),
    publicKey.export({ type: "spki", format: "der" }),
    contextConstructed(3, sequence(...extensions(request))),
  );
  const signature = sign("sha256", body, issuer.privateKey);
  return toPem(sequence(body, signatureAlgorithm, bitString(signature)));
}

function extensions({ usage, publicKey, issuer, names = [] }: CertificateRequest): Buffer[] {
  const { bits, unused } = keyUsages[usage];
  const isAuthority = usage === "authority";
  const found = [
    extension(ids.keyUsage, bitString(Buffer.from([bits]), unused), true),
    extension(ids.basicConstraints, isAuthority ? sequence(boolean(true)) : sequence(), true),
    extension(ids.subjectKeyIdentifier, octetString(keyIdentifier(publicKey))),
    extension(
      ids.authorityKeyIdentifier,
      sequence(contextPrimitive(0, keyIdentifier(createPublicKey(issuer.privateKey)))),
    ),
  ];
  if (!isAuthority) {
    const purpose = objectIdentifier(usage === "server" ? ids.serverAuth : ids.clientAuth);
    found.push(extension(ids.extendedKeyUsage, sequence(purpose)));
  }
  if (names.length > 0) found.push(extension(ids.subjectAltName, sequence(...names.map(alternativeName))));
  return found;
}

function extension(id: string, value: Uint8Array, critical = false): Buffer {
  const parts = [objectIdentifier(id), ...(critical ? [boolean(true)] : []), octetString(value)];
  return sequence(...parts);
}

function alternativeName(name: string): Buffer {
  return isIP(name) ? contextPrimitive(7, addressBytes(name)) : contextPrimitive(2, Buffer.from(name, "latin1"));
}

function addressBytes(address: string): Buffer {
  if (isIP(address) === 4) return Buffer.from(address.split(".").map(Number));
  // The URL parser spells IPv6 addresses out in a known form.
  const [head = "", tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split("::");
  const left = head ? head.split(":") : [];
  const right = tail ? tail.split(":") : [];
  const zeros = Array<string>(8 - left.length - right.length).fill("0");
  const groups = tail === undefined ? left : [...left, ...zeros, ...right];
  return Buffer.from(groups.map((group) => group.padStart(4, "0")).join(""), "hex");
}

function distinguishedName({ commonName, organizations = [] }: CertificateSubject): Buffer {
  const attribute = (id: string, value: string) => setOf(sequence(objectIdentifier(id), utf8String(value)));
  return sequence(
    ...organizations.map((organization) => attribute(ids.organization, organization)),
    attribute(ids.commonName, commonName),
  );
}

function keyIdentifier(publicKey: KeyObject): Buffer {
  // The point is the last 65 bytes of a P-256 key's encoding.
  const point = publicKey.export({ type: "spki", format: "der" }).subarray(-65);
  return createHash("sha1").update(point).digest();
}

/** Positive and without a leading zero. */
function serialNumber(): Buffer {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return bytes;
}

function toPem(der: Buffer): string {
  const lines = der.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
}
