import { createPrivateKey, createPublicKey, generateKeyPairSync, X509Certificate } from "node:crypto";
import { mkdirSync } from "node:fs";
import { isIP } from "node:net";
import type { Clock } from "../../../lib/base/clock.ts";
import { PairFiles } from "./pair-files.ts";

const dayMs = 24 * 3600 * 1000;
const authorityLifeMs = 3650 * dayMs;
const certificateLifeMs = 365 * dayMs;
/** Certificates hold from a little in the past, for clients whose clock is behind. */
const backdateMs = 5 * 60 * 1000;
/** As whom the apiserver speaks for its clients. */
export const frontProxyClientName = "front-proxy-client";
const authoritySubject: CertificateSubject = { commonName: "kubernetes" };

/** Whom a certificate names: a user and groups for clients. */
export interface CertificateSubject {
  commonName: string;
  organizations?: readonly string[];
}

/** A certificate with its key, as PEM. */
export interface CertificatePair {
  cert: string;
  key: string;
}

/** The cluster's certificate authority and what it signed, in one directory. Keys are readable by their owner alone. */
export interface Pki {
  /** The authority's certificate, as PEM. */
  readonly caCertificate: string;
  /** The certificate of a client; the one on disk while it holds long enough, else a new one. */
  clientCertificate(subject: CertificateSubject): Promise<CertificatePair>;
  /** As `clientCertificate`, of a server that is reached by `names` (host names and addresses), kept under `fileName`. */
  servingCertificate(fileName: string, names: readonly string[], commonName?: string): Promise<CertificatePair>;
  /** A private key as PEM that is no certificate's, kept under `fileName`. */
  signingKey(fileName: string): string;
  /** A certificate of the authority for somebody else's public key, as PEM. */
  sign(request: PublicKeyRequest): Promise<string>;
  /** The authority of those who vouch for the users of others: the aggregating apiserver. Made when first asked for. */
  frontProxy(): Promise<FrontProxyPki>;
}

/** What is certified of a public key. */
export interface PublicKeyRequest {
  subject: CertificateSubject;
  /** As DER. */
  publicKey: Buffer;
  names: readonly string[];
  usage: "client" | "server";
  /** How long it holds; not longer than the authority's own certificate. */
  lifeMs: number;
}

/** With it the apiserver shows other servers that it speaks for its clients. */
export interface FrontProxyPki {
  readonly caCertificate: string;
  /** The apiserver's own certificate. */
  clientCertificate(): Promise<CertificatePair>;
}

/** Opens the authority in a directory; makes it at the first time. Several processes may do so at once. */
export async function openPki(directory: string, clock: Clock): Promise<Pki> {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const files = new PairFiles(directory);
  const authority = await openAuthority(files, clock, "ca", authoritySubject);
  return new FilePki(files, clock, authority);
}

async function openAuthority(
  files: PairFiles,
  clock: Clock,
  fileName: string,
  subject: CertificateSubject,
): Promise<CertificatePair> {
  return files.read(fileName) ?? (await makeAuthority(files, clock, fileName, subject));
}

/** The key is made first, exclusively: whoever comes second certifies or finds the same one. */
async function makeAuthority(
  files: PairFiles,
  clock: Clock,
  fileName: string,
  subject: CertificateSubject,
): Promise<CertificatePair> {
  if (files.hasCertificate(fileName))
    throw new Error(`${files.path(`${fileName}.key`)} is missing: restore it, or remove ${fileName}.crt too`);
  const { makeCertificate, makeKey } = await import("./certificate.ts");
  const key = files.keepKey(fileName, makeKey);
  const now = clock.now();
  const cert = await makeCertificate({
    subject,
    key,
    notBeforeMs: now - backdateMs,
    notAfterMs: now + authorityLifeMs,
    usage: "authority",
  });
  return { cert: files.keepCertificate(fileName, cert), key };
}

class FilePki implements Pki {
  readonly caCertificate: string;
  readonly #files: PairFiles;
  readonly #clock: Clock;
  readonly #pair: CertificatePair;
  readonly #authority: X509Certificate;

  constructor(files: PairFiles, clock: Clock, authority: CertificatePair, fileName = "ca") {
    this.#files = files;
    this.#clock = clock;
    this.#pair = authority;
    this.caCertificate = authority.cert;
    this.#authority = new X509Certificate(authority.cert);
    if (!this.#authority.checkPrivateKey(createPrivateKey(authority.key))) {
      const key = files.path(`${fileName}.key`);
      throw new Error(`${key} is not the key of ${fileName}.crt beside it: restore the pair, or remove both`);
    }
  }

  clientCertificate(subject: CertificateSubject): Promise<CertificatePair> {
    const fileName = subject.commonName.replace(/[^a-zA-Z0-9.-]+/g, "-");
    const wanted = [...(subject.organizations ?? []).map((name) => `O=${name}`), `CN=${subject.commonName}`];
    return this.#findOrMake(fileName, { subject, usage: "client" }, (held) => held.subject === wanted.join("\n"));
  }

  servingCertificate(
    fileName: string,
    names: readonly string[],
    commonName: string = fileName,
  ): Promise<CertificatePair> {
    const sorted = [...new Set(names)].sort();
    const request = { subject: { commonName }, usage: "server", names: sorted } as const;
    return this.#findOrMake(fileName, request, (held) => sorted.every((name) => isFor(held, name)));
  }

  signingKey(fileName: string): string {
    return this.#files.keepKey(fileName, makePlainKey);
  }

  async sign({ publicKey, lifeMs, ...request }: PublicKeyRequest): Promise<string> {
    const { makeCertificate } = await import("./certificate.ts");
    const now = this.#clock.now();
    return makeCertificate({
      ...request,
      key: createPublicKey({ key: publicKey, format: "der", type: "spki" })
        .export({ type: "spki", format: "pem" })
        .toString(),
      issuer: this.#pair,
      notBeforeMs: now - backdateMs,
      notAfterMs: Math.min(now + lifeMs, Date.parse(this.#authority.validTo)),
    });
  }

  async frontProxy(): Promise<FrontProxyPki> {
    const subject = { commonName: "front-proxy-ca" };
    const authority = await openAuthority(this.#files, this.#clock, "front-proxy-ca", subject);
    const pki = new FilePki(this.#files, this.#clock, authority, "front-proxy-ca");
    const client = { commonName: frontProxyClientName };
    return { caCertificate: pki.caCertificate, clientCertificate: () => pki.clientCertificate(client) };
  }

  async #findOrMake(
    fileName: string,
    request: { subject: CertificateSubject; usage: "client" | "server"; names?: readonly string[] },
    fits: (held: X509Certificate) => boolean,
  ): Promise<CertificatePair> {
    const held = this.#files.read(fileName);
    if (held && this.#holds(held, fits)) return held;
    const { makeCertificate, makeKey } = await import("./certificate.ts");
    const key = this.#files.keepKey(fileName, makeKey);
    const now = this.#clock.now();
    const cert = await makeCertificate({
      ...request,
      key,
      issuer: this.#pair,
      notBeforeMs: now - backdateMs,
      notAfterMs: Math.min(now + certificateLifeMs, Date.parse(this.#authority.validTo)),
    });
    this.#files.replaceCertificate(fileName, cert);
    return { cert, key };
  }

  #holds(pair: CertificatePair, fits: (held: X509Certificate) => boolean): boolean {
    try {
      const certificate = new X509Certificate(pair.cert);
      const isOurs = holdsLong(certificate, this.#authority, this.#clock.now());
      return isOurs && certificate.checkPrivateKey(createPrivateKey(pair.key)) && fits(certificate);
    } catch {
      // What cannot be read is made anew.
      return false;
    }
  }
}

/** A new elliptic-curve private key (P-256), as PEM; without the certificates' code, which is slow to load. */
export function makePlainKey(): string {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return privateKey.export({ type: "pkcs8", format: "pem" }).toString();
}

/** Whether a certificate of `issuer` holds for at least a third of its life from now on. */
function holdsLong(certificate: X509Certificate, issuer: X509Certificate, nowMs: number): boolean {
  const end = Date.parse(certificate.validTo);
  const life = end - Date.parse(certificate.validFrom);
  return end - nowMs > life / 3 && certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}

function isFor(certificate: X509Certificate, name: string): boolean {
  return (isIP(name) ? certificate.checkIP(name) : certificate.checkHost(name)) !== undefined;
}
