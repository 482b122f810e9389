import type { Secret } from "../../../gen/typernetes/core/v1/secret.ts";

export const tokenNamespace = "kube-system";
const type = "bootstrap.kubernetes.io/token";
const idForm = /^[a-z0-9]{6}$/;
const secretForm = /^[a-z0-9]{16}$/;

/** A token with which nodes join, as its secret has it. */
export interface BootstrapToken {
  readonly id: string;
  readonly secret: string;
  /** Milliseconds since the epoch; undefined for a token that does not end. NaN when it cannot be read. */
  readonly expiresAtMs: number | undefined;
  readonly isForSigning: boolean;
}

/** The token of a secret; undefined when the secret holds none. */
export function bootstrapTokenOf(object: Secret): BootstrapToken | undefined {
  const { metadata, data = {} } = object;
  const text = (key: string) => Buffer.from(data[key] ?? "", "base64").toString();
  const [id, secret, expiration] = [text("token-id"), text("token-secret"), text("expiration")];
  if (object.type !== type || metadata?.namespace !== tokenNamespace || metadata.name !== `bootstrap-token-${id}`) {
    return undefined;
  }
  if (!idForm.test(id) || !secretForm.test(secret)) return undefined;
  return {
    id,
    secret,
    expiresAtMs: expiration ? Date.parse(expiration) : undefined,
    isForSigning: text("usage-bootstrap-signing") === "true",
  };
}
