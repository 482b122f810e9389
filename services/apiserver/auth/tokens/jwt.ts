import { type KeyObject, sign, verify } from "node:crypto";

/** What a token says (RFC 7519). */
export type Claims = Readonly<Record<string, unknown>>;

/** How a token is signed (RFC 7515). */
export interface TokenHeader {
  readonly alg: string;
  readonly kid?: string | undefined;
}

interface Algorithm {
  hash: string;
  type: "ec" | "rsa";
  curve?: string;
}

const algorithms: Readonly<Record<string, Algorithm>> = {
  ES256: { hash: "sha256", type: "ec", curve: "prime256v1" },
  ES384: { hash: "sha384", type: "ec", curve: "secp384r1" },
  ES512: { hash: "sha512", type: "ec", curve: "secp521r1" },
  RS256: { hash: "sha256", type: "rsa" },
  RS384: { hash: "sha384", type: "rsa" },
  RS512: { hash: "sha512", type: "rsa" },
};

const tokenCharsMax = 64 * 1024;

/** The algorithm with which a key signs. @throws TypeError when it is none of ours. */
export function algorithmOf(key: KeyObject): string {
  const curve = key.asymmetricKeyDetails?.namedCurve;
  const fits = ([, { type, curve: own }]: [string, Algorithm]) =>
    type === key.asymmetricKeyType && (own === undefined || own === curve);
  const found = Object.entries(algorithms).find(fits);
  if (!found) throw new TypeError(`tokens are signed with elliptic or RSA keys, not ${key.asymmetricKeyType}`);
  return found[0];
}

/** Signs claims. */
export function signToken(claims: Claims, key: KeyObject, keyId: string): string {
  const alg = algorithmOf(key);
  const text = `${encoded({ alg, kid: keyId })}.${encoded(claims)}`;
  const { hash } = algorithms[alg]!;
  return `${text}.${sign(hash, Buffer.from(text), { key, dsaEncoding: "ieee-p1363" }).toString("base64url")}`;
}

/** A token taken apart; nothing about it is checked yet. Undefined when it is no signed JWT. */
export function readToken(token: string): { header: TokenHeader; claims: Claims } | undefined {
  if (token.length > tokenCharsMax) return undefined;
  const parts = token.split(".");
  if (parts.length !== 3) return undefined;
  const header = decoded(parts[0]!);
  const claims = decoded(parts[1]!);
  if (typeof header?.alg !== "string" || !claims) return undefined;
  return { header: { alg: header.alg, kid: typeof header.kid === "string" ? header.kid : undefined }, claims };
}

/** Whether a token was signed with a key, by an algorithm that fits the key. */
export function isSignedBy(token: string, alg: string, key: KeyObject): boolean {
  const algorithm = algorithms[alg];
  if (!algorithm || algorithm.type !== key.asymmetricKeyType) return false;
  if (algorithm.curve && algorithm.curve !== key.asymmetricKeyDetails?.namedCurve) return false;
  const end = token.lastIndexOf(".");
  const signature = Buffer.from(token.slice(end + 1), "base64url");
  return verify(algorithm.hash, Buffer.from(token.slice(0, end)), { key, dsaEncoding: "ieee-p1363" }, signature);
}

/** The audiences of a token: one, or a list. */
export function audiencesOf({ aud }: Claims): readonly string[] {
  if (typeof aud === "string") return [aud];
  return Array.isArray(aud) ? aud.filter((one): one is string => typeof one === "string") : [];
}

function encoded(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

function decoded(part: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, "base64url").toString());
    return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
