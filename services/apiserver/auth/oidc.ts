import { createPublicKey, type JsonWebKey, type KeyObject } from "node:crypto";
import { get } from "node:https";
import type { Clock } from "../../../lib/base/clock.ts";
import type { Identity } from "../../../lib/grpc/router.ts";
import type { OidcOptions } from "./auth-options.ts";
import { unauthorized } from "./authenticate-request.ts";
import type { Authenticator } from "./authenticator.ts";
import { audiencesOf, type Claims, isSigned, readClaims } from "./tokens/jwt.ts";

const answerDeadlineMs = 10_000;
const answerBytesMax = 1024 * 1024;
/** Keys are asked for again when a token names one that is not known, but not more often than this. */
const refreshIntervalMs = 10_000;

/** Users with an identity token of an OpenID Connect issuer. */
export function oidcTokens(options: OidcOptions, clock: Clock): Authenticator {
  const keys = new RemoteKeys(options, clock);
  return {
    name: "OIDC",
    async authenticate({ bearerToken }) {
      const claims = bearerToken === undefined ? undefined : await readClaims(bearerToken);
      if (bearerToken === undefined || claims?.iss !== options.issuerUrl) return undefined;
      const keysFor = (keyId: string | undefined) =>
        keys.candidates(keyId).catch((error: unknown) => {
          throw unauthorized(error);
        });
      if (!(await isSigned(bearerToken, keysFor))) throw unauthorized();
      checkClaims(claims, options, clock);
      return identityOf(claims, options);
    },
  };
}

function checkClaims(claims: Claims, { clientId, requiredClaims = {} }: OidcOptions, clock: Clock): void {
  const now = clock.now() / 1000;
  if (typeof claims.exp !== "number" || now >= claims.exp) throw unauthorized();
  if (typeof claims.nbf === "number" && now + 60 < claims.nbf) throw unauthorized();
  if (!audiencesOf(claims).includes(clientId)) throw unauthorized();
  for (const [name, value] of Object.entries(requiredClaims)) if (claims[name] !== value) throw unauthorized();
}

function identityOf(claims: Claims, options: OidcOptions): Identity {
  const { usernameClaim = "sub", groupsClaim, groupsPrefix = "" } = options;
  const name = claims[usernameClaim];
  if (typeof name !== "string" || !name) throw unauthorized();
  if (usernameClaim === "email" && claims.email_verified !== undefined && claims.email_verified !== true) {
    throw unauthorized();
  }
  const said = groupsClaim === undefined ? [] : claims[groupsClaim];
  const groups = (Array.isArray(said) ? said : [said]).filter((group): group is string => typeof group === "string");
  return {
    user: usernamePrefix(options) + name,
    groups: [...groups.map((group) => groupsPrefix + group), "system:authenticated"],
  };
}

function usernamePrefix({ usernamePrefix: prefix, usernameClaim = "sub", issuerUrl }: OidcOptions): string {
  if (prefix === "-") return "";
  return prefix ?? (usernameClaim === "email" ? "" : `${issuerUrl}#`);
}

/** The issuer's public keys, asked for when the first token comes. */
class RemoteKeys {
  readonly #options: OidcOptions;
  readonly #clock: Clock;
  #keys = new Map<string, KeyObject>();
  #askedAt = Number.NEGATIVE_INFINITY;
  #asking: Promise<void> | undefined;

  constructor(options: OidcOptions, clock: Clock) {
    this.#options = options;
    this.#clock = clock;
  }

  async candidates(keyId = ""): Promise<KeyObject[]> {
    if (!this.#keys.has(keyId) && this.#clock.monotonic() - this.#askedAt > refreshIntervalMs) {
      this.#asking ??= this.#ask().finally(() => {
        this.#asking = undefined;
      });
    }
    await this.#asking;
    const named = this.#keys.get(keyId);
    return named ? [named] : [...this.#keys.values()];
  }

  async #ask(): Promise<void> {
    this.#askedAt = this.#clock.monotonic();
    const { issuerUrl, ca } = this.#options;
    const configuration = await fetchJson(`${issuerUrl.replace(/\/$/, "")}/.well-known/openid-configuration`, ca);
    const { issuer, jwks_uri: uri } = configuration;
    if (issuer !== issuerUrl) throw new Error(`${issuerUrl} says that it is ${issuer}`);
    if (typeof uri !== "string") throw new Error(`${issuerUrl} does not say where its keys are`);
    const { keys } = await fetchJson(uri, ca);
    const found = new Map<string, KeyObject>();
    for (const [index, key] of (Array.isArray(keys) ? keys : []).entries()) {
      const shown: JsonWebKey & { kid?: string; use?: string } = key;
      if (shown.use && shown.use !== "sig") continue;
      found.set(shown.kid ?? String(index), createPublicKey({ key: shown, format: "jwk" }));
    }
    this.#keys = found;
  }
}

function fetchJson(url: string, ca: string | undefined): Promise<Record<string, unknown>> {
  return new Promise((resolve, reject) => {
    const request = get(url, { ...(ca && { ca }), timeout: answerDeadlineMs }, (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on("data", (chunk: Buffer) => {
        size += chunk.length;
        if (size > answerBytesMax) request.destroy(new Error(`${url} answers too much`));
        else chunks.push(chunk);
      });
      response.on("error", reject);
      response.on("end", () => {
        if (response.statusCode !== 200) return reject(new Error(`${url} answers ${response.statusCode}`));
        try {
          resolve({ ...JSON.parse(Buffer.concat(chunks).toString()) });
        } catch (error) {
          reject(error);
        }
      });
    });
    request.on("timeout", () => request.destroy(new Error(`no answer from ${url} within ${answerDeadlineMs} ms`)));
    request.on("error", reject);
  });
}
