import type { TokenRequest } from "../../../gen/typernetes/authentication/v1/token_request.ts";
import type { Pod, ServiceAccountTokenProjection } from "../../../gen/typernetes/core/v1/pod.ts";
import {
  type CreateServiceAccountTokenRequest,
  ServiceAccountServiceDefinition,
} from "../../../gen/typernetes/core/v1/service_account.ts";
import { isStatusError } from "../../../lib/base/status-error.ts";
import { ConfigError } from "../env/config-error.ts";
import { type NodeContext, podName } from "../pods/node-context.ts";

const defaultSeconds = 3600;
const timeoutMs = 10_000;
/** A token is replaced when so much of its life is over, and after a day in any case. */
const lifePart = 0.8;
const ageMaxMs = 24 * 3600_000;
/** Nodes do not all ask at once. */
const jitterMaxMs = 10_000;

interface Token {
  text: string;
  renewAtMs: number;
  expiresAtMs: number;
}

/** Who issues tokens, and the time that they are measured by. */
export interface TokenIssuer extends Pick<NodeContext, "clock" | "random" | "logger"> {
  issue(request: CreateServiceAccountTokenRequest): Promise<TokenRequest>;
}

/** The API server as the issuer. */
export function apiserverIssuer({ client, clock, random, logger }: NodeContext): TokenIssuer {
  const issue: TokenIssuer["issue"] = (request) =>
    client.call(ServiceAccountServiceDefinition, "createToken", request, { timeoutMs });
  return { clock, random, logger, issue };
}

/** The tokens that one pod proves its identity with, each kept until it grows old. */
export class ServiceAccountTokens {
  readonly #issuer: TokenIssuer;
  readonly #tokens = new Map<string, Token>();

  constructor(issuer: TokenIssuer) {
    this.#issuer = issuer;
  }

  /** A token that is good for a while. @throws ConfigError when none can be had. */
  async token(pod: Pod, wanted: ServiceAccountTokenProjection): Promise<string> {
    const { audience = "", expirationSeconds = defaultSeconds } = wanted;
    const key = `${expirationSeconds} ${audience}`;
    const known = this.#tokens.get(key);
    const nowMs = this.#issuer.clock.now();
    if (known && nowMs < known.renewAtMs) return known.text;
    try {
      const token = await this.#request(pod, audience, expirationSeconds);
      this.#tokens.set(key, token);
      return token.text;
    } catch (error) {
      if (!isStatusError(error)) throw error;
      if (!known || nowMs >= known.expiresAtMs)
        throw new ConfigError(`failed to fetch token: ${error.message}`, { cause: error });
      this.#issuer.logger.warn(
        { err: error, pod: podName(pod) },
        "a token could not be renewed; the old one serves on",
      );
      return known.text;
    }
  }

  async #request(pod: Pod, audience: string, expirationSeconds: number): Promise<Token> {
    const { clock, random } = this.#issuer;
    const { namespace, name, uid } = pod.metadata ?? {};
    const spec = {
      audiences: audience ? [audience] : [],
      expirationSeconds,
      boundObjectRef: { apiVersion: "v1", kind: "Pod", name, uid },
    };
    const account = pod.spec?.serviceAccountName || "default";
    const request = { namespace, name: account, object: { metadata: { namespace, name: account }, spec } };
    const issuedAtMs = clock.now();
    const { status } = await this.#issuer.issue(request);
    const expiresAtMs = Date.parse(status?.expirationTimestamp ?? "");
    if (!status?.token || Number.isNaN(expiresAtMs)) throw new ConfigError("failed to fetch token: an empty answer");
    const lifeMs = Math.min((expiresAtMs - issuedAtMs) * lifePart, ageMaxMs);
    return { text: status.token, renewAtMs: issuedAtMs + lifeMs - jitterMaxMs * random(), expiresAtMs };
  }
}
