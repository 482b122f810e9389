import { randomUUID } from "node:crypto";
import type { Secret } from "../../../../gen/typernetes/core/v1/secret.ts";
import type { Clock } from "../../../../lib/base/clock.ts";
import { Lru } from "../../../../lib/base/lru.ts";
import type { Identity } from "../../../../lib/grpc/router.ts";
import type { ApiObject } from "../../../../lib/resources/strategy.ts";
import { type ResourceInfo, storeKey } from "../../resource-info.ts";
import type { WatchCache } from "../../watch-cache/watch-cache.ts";
import { audiencesOf, type Claims, isSigned, readClaims, signToken } from "./jwt.ts";
import type { TokenKeys } from "./token-keys.ts";

export const defaultIssuer = "https://kubernetes.default.svc.cluster.local";
const legacyIssuer = "kubernetes/serviceaccount";
const legacyPrefix = "kubernetes.io/serviceaccount/";
const checkedTokensMax = 2000;
/** An object that is being deleted vouches for tokens for so long after its time. */
const deletedLeewayMs = 60_000;
const extraPrefix = "authentication.kubernetes.io/";

/** An object that a token is about or bound to. */
export interface NamedObject {
  name: string;
  uid: string;
}

/** What a new token says. */
export interface TokenContent {
  namespace: string;
  account: NamedObject;
  audiences: readonly string[];
  /** Until when; seconds. */
  lifeSeconds: number;
  /** After how many seconds its use is a reason to warn; a token that lives longer than was asked for. */
  warnAfterSeconds?: number | undefined;
  bound?: Partial<Record<"pod" | "secret" | "node", NamedObject>>;
}

export interface ServiceAccountTokenParts {
  cache: WatchCache;
  clock: Clock;
  resource: (group: string, plural: string) => ResourceInfo;
  keys: TokenKeys;
  issuer: string;
  /** For whom tokens are when nobody says, and of which one has to be in those that the API takes. */
  apiAudiences: readonly string[];
  /** Whether the tokens that pods get by themselves live longer than was asked for. */
  extendsProjected: boolean;
}

/** What is said of a token; undefined for those of others. */
type Verdict = { identity: Identity; audiences: string[] } | "refused" | undefined;

/** A token whose signature is good. */
interface Checked {
  claims: Claims;
  identity: Identity;
  isValid(): boolean;
}

interface Subject {
  namespace: string;
  account: NamedObject;
  bound: Partial<Record<"pod" | "secret" | "node", NamedObject>>;
  /** For tokens that are kept in a secret. */
  legacySecret?: string;
}

/** Issues the tokens of service accounts, and knows them again as long as all that they are bound to exists. */
export class ServiceAccountTokens {
  readonly issuer: string;
  readonly apiAudiences: readonly string[];
  readonly keys: TokenKeys;
  readonly extendsProjected: boolean;
  readonly #parts: ServiceAccountTokenParts;
  readonly #checked = new Lru<string, Checked>(checkedTokensMax);

  constructor(parts: ServiceAccountTokenParts) {
    this.#parts = parts;
    this.issuer = parts.issuer;
    this.apiAudiences = parts.apiAudiences;
    this.keys = parts.keys;
    this.extendsProjected = parts.extendsProjected;
  }

  /** A token, and when it ends in milliseconds since the epoch. */
  issue(content: TokenContent): Promise<string> {
    const { namespace, account, audiences, lifeSeconds, warnAfterSeconds, bound } = content;
    const iat = Math.floor(this.#parts.clock.now() / 1000);
    const about = {
      namespace,
      ...(bound?.node && { node: bound.node }),
      ...(bound?.pod && { pod: bound.pod }),
      ...(bound?.secret && { secret: bound.secret }),
      serviceaccount: account,
      ...(warnAfterSeconds !== undefined && { warnafter: iat + warnAfterSeconds }),
    };
    const claims = {
      ...{ aud: audiences, exp: iat + lifeSeconds, iat, iss: this.issuer, jti: randomUUID() },
      ...{ "kubernetes.io": about, nbf: iat, sub: userOf(namespace, account.name) },
    };
    return this.#sign(claims);
  }

  /** A token that does not end, for a secret that keeps it. */
  issueForSecret(namespace: string, account: NamedObject, secret: string): Promise<string> {
    return this.#sign({
      iss: legacyIssuer,
      [`${legacyPrefix}namespace`]: namespace,
      [`${legacyPrefix}secret.name`]: secret,
      [`${legacyPrefix}service-account.name`]: account.name,
      [`${legacyPrefix}service-account.uid`]: account.uid,
      sub: userOf(namespace, account.name),
    });
  }

  /**
   * Whose a token is, and for which of the wanted audiences it is good; `refused` when it is for none, undefined when it does
   * not claim to be one of these. At once for tokens in use, whose identity stays the same object.
   */
  verify(token: string, wanted: readonly string[]): Verdict | Promise<Verdict> {
    const known = this.#checked.get(token);
    return known ? this.#judge(known, wanted) : this.#check(token, wanted);
  }

  #judge(checked: Checked, wanted: readonly string[]): Verdict {
    if (!checked.isValid()) return "refused";
    const own = audiencesOf(checked.claims);
    const audiences = (own.length > 0 ? own : this.apiAudiences).filter((audience) => wanted.includes(audience));
    return audiences.length === 0 ? "refused" : { identity: checked.identity, audiences };
  }

  #sign(claims: Claims): Promise<string> {
    const { key, keyId } = this.keys.signing;
    return signToken(claims, key, keyId);
  }

  async #check(token: string, wanted: readonly string[]): Promise<Verdict> {
    const claims = await readClaims(token);
    if (claims?.iss !== this.issuer && claims?.iss !== legacyIssuer) return undefined;
    const subject = this.#subjectOf(claims);
    if (!subject || !(await isSigned(token, (keyId) => this.keys.candidates(keyId)))) return "refused";
    const isValid = () => this.#isInTime(claims) && this.#vouchesFor(subject, token);
    const checked = { claims, identity: identityOf(subject, claims), isValid };
    this.#checked.set(token, checked);
    return this.#judge(checked, wanted);
  }

  #subjectOf(claims: Claims): Subject | undefined {
    if (claims.iss === this.issuer) return boundSubject(claims);
    return claims.iss === legacyIssuer ? legacySubject(claims) : undefined;
  }

  #isInTime({ exp, nbf, iss }: Claims): boolean {
    const now = this.#parts.clock.now() / 1000;
    if (iss === this.issuer && typeof exp !== "number") return false;
    if (typeof exp === "number" && now >= exp) return false;
    // Clocks of several servers differ a little.
    return typeof nbf !== "number" || now + 60 >= nbf;
  }

  #vouchesFor({ namespace, account, bound, legacySecret }: Subject, token: string): boolean {
    if (!this.#exists("serviceaccounts", namespace, account)) return false;
    if (bound.pod && !this.#exists("pods", namespace, bound.pod)) return false;
    if (bound.secret && !this.#exists("secrets", namespace, bound.secret)) return false;
    if (bound.node && !bound.pod && !this.#exists("nodes", undefined, bound.node)) return false;
    return legacySecret === undefined || this.#isKept(namespace, legacySecret, token);
  }

  #exists(plural: string, namespace: string | undefined, { name, uid }: NamedObject): boolean {
    const metadata = this.#find(plural, namespace, name)?.metadata;
    if (metadata?.uid !== uid) return false;
    const { deletionTimestamp } = metadata;
    return !deletionTimestamp || Date.parse(deletionTimestamp) + deletedLeewayMs > this.#parts.clock.now();
  }

  #isKept(namespace: string, name: string, token: string): boolean {
    const secret: (ApiObject & Secret) | undefined = this.#find("secrets", namespace, name);
    if (!secret || secret.metadata?.deletionTimestamp) return false;
    return Buffer.from(secret.data?.token ?? "", "base64").toString() === token;
  }

  #find(plural: string, namespace: string | undefined, name: string): ApiObject | undefined {
    const info = this.#parts.resource("", plural);
    const cache = this.#parts.cache.cacheOf(info);
    const entry = cache.get(storeKey(info, namespace, name));
    return entry && cache.decode(entry);
  }
}

function userOf(namespace: string, name: string): string {
  return `system:serviceaccount:${namespace}:${name}`;
}

function identityOf({ namespace, account, bound }: Subject, { jti }: Claims): Identity {
  const extra: Record<string, readonly string[]> = {};
  if (typeof jti === "string" && jti) extra[`${extraPrefix}credential-id`] = [`JTI=${jti}`];
  for (const kind of ["node", "pod"] as const) {
    const object = bound[kind];
    if (!object) continue;
    extra[`${extraPrefix}${kind}-name`] = [object.name];
    extra[`${extraPrefix}${kind}-uid`] = [object.uid];
  }
  return {
    user: userOf(namespace, account.name),
    uid: account.uid,
    groups: ["system:serviceaccounts", `system:serviceaccounts:${namespace}`, "system:authenticated"],
    ...(Object.keys(extra).length > 0 && { extra }),
  };
}

function boundSubject(claims: Claims): Subject | undefined {
  const about = recordOf(claims["kubernetes.io"]);
  const { namespace } = about;
  const account = namedObject(about.serviceaccount);
  if (typeof namespace !== "string" || !account || claims.sub !== userOf(namespace, account.name)) return undefined;
  const bound: Subject["bound"] = {};
  for (const kind of ["pod", "secret", "node"] as const) {
    const object = namedObject(about[kind]);
    if (object) bound[kind] = object;
  }
  return { namespace, account, bound };
}

function legacySubject(claims: Claims): Subject | undefined {
  const [namespace, secret, name, uid] = [
    "namespace",
    "secret.name",
    "service-account.name",
    "service-account.uid",
  ].map((claim) => claims[legacyPrefix + claim]);
  if (typeof namespace !== "string" || typeof secret !== "string") return undefined;
  if (typeof name !== "string" || typeof uid !== "string" || claims.sub !== userOf(namespace, name)) return undefined;
  return { namespace, account: { name, uid }, bound: {}, legacySecret: secret };
}

function namedObject(value: unknown): NamedObject | undefined {
  const { name, uid } = recordOf(value);
  return typeof name === "string" && typeof uid === "string" ? { name, uid } : undefined;
}

function recordOf(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}
