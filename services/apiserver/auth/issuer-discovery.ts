import type { Core } from "../core.ts";

/** What others check the tokens of service accounts with. */
export interface IssuerDiscovery {
  /** The body of `/.well-known/openid-configuration`, as JSON. */
  readonly configuration: string;
  /** The body of `/openid/v1/jwks`, as `application/jwk-set+json`. */
  readonly keySet: string;
}

/** Describes the issuer of tokens; its keys are at `origin` (`https://host:port`). */
export function issuerDiscovery(core: Pick<Core, "tokens">, origin: string): IssuerDiscovery {
  const { issuer, keys } = core.tokens;
  const keySet = keys.keySet();
  return {
    configuration: JSON.stringify({
      issuer,
      jwks_uri: `${origin}/openid/v1/jwks`,
      response_types_supported: ["id_token"],
      subject_types_supported: ["public"],
      id_token_signing_alg_values_supported: [...new Set(keySet.keys.map(({ alg }) => alg))],
    }),
    keySet: JSON.stringify(keySet),
  };
}
