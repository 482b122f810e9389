import type { KeyObject } from "node:crypto";

/** What a token says (RFC 7519). */
export type Claims = Readonly<Record<string, unknown>>;

const ellipticAlgorithms = new Map([
  ["prime256v1", "ES256"],
  ["secp384r1", "ES384"],
  ["secp521r1", "ES512"],
]);
const algorithms = [...ellipticAlgorithms.values(), "RS256", "RS384", "RS512"];
const tokenCharsMax = 64 * 1024;

/** Loaded by who signs or reads the first token: a start needs none. */
const loadJose = () => import("jose");

/** The algorithm with which a key signs. @throws TypeError when it is none of ours. */
export function algorithmOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): string {
  const found = asymmetricKeyType === "rsa" ? "RS256" : ellipticAlgorithms.get(asymmetricKeyDetails?.namedCurve ?? "");
  if (!found) throw new TypeError(`tokens are signed with elliptic or RSA keys, not ${asymmetricKeyType}`);
  return found;
}

/** Signs claims. */
export async function signToken(claims: Claims, key: KeyObject, keyId: string): Promise<string> {
  const { SignJWT } = await loadJose();
  return new SignJWT(claims).setProtectedHeader({ alg: algorithmOf(key), kid: keyId }).sign(key);
}

/** What a token says; nothing about it is checked yet. Undefined when it is no signed JWT. */
export async function readClaims(token: string): Promise<Claims | undefined> {
  if (token.length > tokenCharsMax) return undefined;
  const { decodeJwt } = await loadJose();
  try {
    return decodeJwt(token);
  } catch {
    return undefined;
  }
}

/** The keys that a token may be signed with that names one of them, or none. */
type KeysFor = (keyId: string | undefined) => readonly KeyObject[] | Promise<readonly KeyObject[]>;

/** Whether a token was signed with one of the keys that it may be signed with, by an algorithm that fits the key. */
export async function isSigned(token: string, keysFor: KeysFor): Promise<boolean> {
  const { compactVerify, decodeProtectedHeader } = await loadJose();
  let keyId: string | undefined;
  try {
    keyId = decodeProtectedHeader(token).kid;
  } catch {
    return false;
  }
  const keys = await keysFor(keyId);
  const attempts = keys.map((key) => compactVerify(token, key, { algorithms }));
  return Promise.any(attempts).then(
    () => true,
    () => false,
  );
}

/** The audiences of a token: one, or a list. */
export function audiencesOf({ aud }: Claims): readonly string[] {
  if (typeof aud === "string") return [aud];
  return Array.isArray(aud) ? aud.filter((one): one is string => typeof one === "string") : [];
}
