import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, X509Certificate } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { isIP } from "node:net";
import { join } from "node:path";
import type { Clock } from "../../../lib/base/clock.ts";
import { type CertificateSubject, makeCertificate } from "./certificate.ts";

const dayMs = 24 * 3600 * 1000;
const authorityLifeMs = 3650 * dayMs;
const certificateLifeMs = 365 * dayMs;
/** Certificates hold from a little in the past, for clients whose clock is behind. */
const backdateMs = 5 * 60 * 1000;
const authoritySubject: CertificateSubject = { commonName: "kubernetes" };

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
  clientCertificate(subject: CertificateSubject): CertificatePair;
  /** As `clientCertificate`, of a server that is reached by `names` (host names and addresses), kept under `fileName`. */
  servingCertificate(fileName: string, names: readonly string[], commonName?: string): CertificatePair;
}

/** Opens the authority in a directory; makes it at the first time. */
export function openPki(directory: string, clock: Clock): Pki {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  return new FilePki(directory, clock);
}

/** Whether a certificate of `issuer` holds for at least a third of its life from now on. */
function holdsLong(certificate: X509Certificate, issuer: X509Certificate, nowMs: number): boolean {
  const end = Date.parse(certificate.validTo);
  const life = end - Date.parse(certificate.validFrom);
  return end - nowMs > life / 3 && certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}

class FilePki implements Pki {
  readonly caCertificate: string;
  readonly #directory: string;
  readonly #clock: Clock;
  readonly #authority: X509Certificate;
  readonly #privateKey: KeyObject;

  constructor(directory: string, clock: Clock) {
    this.#directory = directory;
    this.#clock = clock;
    const { cert, key } = this.#read("ca") ?? this.#makeAuthority();
    this.caCertificate = cert;
    this.#authority = new X509Certificate(cert);
    this.#privateKey = createPrivateKey(key);
    if (!this.#authority.checkPrivateKey(this.#privateKey)) {
      throw new Error(`${this.#path("ca.key")} is not the key of ca.crt beside it: restore the pair, or remove both`);
    }
  }

  clientCertificate(subject: CertificateSubject): CertificatePair {
    const fileName = subject.commonName.replace(/[^a-zA-Z0-9.-]+/g, "-");
    const wanted = [...(subject.organizations ?? []).map((name) => `O=${name}`), `CN=${subject.commonName}`];
    return this.#pair(fileName, { subject, usage: "client" }, (held) => held.subject === wanted.join("\n"));
  }

  servingCertificate(fileName: string, names: readonly string[], commonName = fileName): CertificatePair {
    const sorted = [...new Set(names)].sort();
    const request = { subject: { commonName }, usage: "server", names: sorted } as const;
    return this.#pair(fileName, request, (held) => sorted.every((name) => isFor(held, name)));
  }

  #pair(
    fileName: string,
    request: { subject: CertificateSubject; usage: "client" | "server"; names?: readonly string[] },
    fits: (held: X509Certificate) => boolean,
  ): CertificatePair {
    const held = this.#read(fileName);
    if (held && this.#holds(held, fits)) return held;
    const now = this.#clock.now();
    const { key, publicKey } = newKey();
    const cert = makeCertificate({
      ...request,
      publicKey,
      issuer: { subject: authoritySubject, privateKey: this.#privateKey },
      notBeforeMs: now - backdateMs,
      notAfterMs: Math.min(now + certificateLifeMs, Date.parse(this.#authority.validTo)),
    });
    return this.#write(fileName, { cert, key });
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

  #makeAuthority(): CertificatePair {
    const now = this.#clock.now();
    const { key, publicKey } = newKey();
    const cert = makeCertificate({
      subject: authoritySubject,
      publicKey,
      issuer: { subject: authoritySubject, privateKey: createPrivateKey(key) },
      notBeforeMs: now - backdateMs,
      notAfterMs: now + authorityLifeMs,
      usage: "authority",
    });
    return this.#write("ca", { cert, key });
  }

  #read(name: string): CertificatePair | undefined {
    try {
      return {
        cert: readFileSync(this.#path(`${name}.crt`), "utf8"),
        key: readFileSync(this.#path(`${name}.key`), "utf8"),
      };
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  #write(name: string, pair: CertificatePair): CertificatePair {
    this.#replace(`${name}.key`, pair.key, 0o600);
    this.#replace(`${name}.crt`, pair.cert, 0o644);
    return pair;
  }

  #replace(name: string, text: string, mode: number): void {
    const temporary = this.#path(`.${name}.${process.pid}`);
    writeFileSync(temporary, text, { mode });
    renameSync(temporary, this.#path(name));
  }

  #path(name: string): string {
    return join(this.#directory, name);
  }
}

function newKey(): { key: string; publicKey: KeyObject } {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const key = privateKey.export({ type: "pkcs8", format: "pem" });
  return { key: key.toString(), publicKey: createPublicKey(privateKey) };
}

function isFor(certificate: X509Certificate, name: string): boolean {
  return (isIP(name) ? certificate.checkIP(name) : certificate.checkHost(name)) !== undefined;
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
