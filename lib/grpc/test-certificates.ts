import "reflect-metadata";
import { webcrypto } from "node:crypto";

/** A certificate with its key, as PEM. */
export interface TestCertificate {
  cert: string;
  key: string;
}

/** Signs certificates for tests. */
export interface TestAuthority {
  ca: string;
  /** `subject` as in `CN=alice,O=users`; `dns` and `ips` for servers. */
  issue(subject: string, names?: { dns?: string[]; ips?: string[] }): Promise<TestCertificate>;
}

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;

/** A certificate authority that lives in memory. */
export async function createTestAuthority(name = "test-ca"): Promise<TestAuthority> {
  const x509 = await import("@peculiar/x509");
  const keys = await newKeys();
  const validity = { notBefore: new Date(Date.now() - 60_000), notAfter: new Date(Date.now() + 3_600_000) };
  const ca = await x509.X509CertificateGenerator.createSelfSigned({
    name: `CN=${name}`,
    keys,
    signingAlgorithm: algorithm,
    ...validity,
    extensions: [new x509.BasicConstraintsExtension(true, undefined, true)],
  });
  return {
    ca: ca.toString("pem"),
    issue: async (subject, names = {}) => {
      const own = await newKeys();
      const alternatives = [
        ...(names.dns ?? []).map((value) => ({ type: "dns" as const, value })),
        ...(names.ips ?? []).map((value) => ({ type: "ip" as const, value })),
      ];
      const certificate = await x509.X509CertificateGenerator.create({
        subject,
        issuer: ca.subject,
        publicKey: own.publicKey,
        signingKey: keys.privateKey,
        signingAlgorithm: algorithm,
        ...validity,
        extensions: alternatives.length > 0 ? [new x509.SubjectAlternativeNameExtension(alternatives)] : [],
      });
      return { cert: certificate.toString("pem"), key: await pemOf(own.privateKey) };
    },
  };
}

function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
}

async function pemOf(key: webcrypto.CryptoKey): Promise<string> {
  const body = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", key)).toString("base64");
  return `-----BEGIN PRIVATE KEY-----\n${body.match(/.{1,64}/g)?.join("\n")}\n-----END PRIVATE KEY-----\n`;
}
