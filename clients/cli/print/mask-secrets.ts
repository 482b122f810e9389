import type { Secret } from "../../../gen/typernetes/core/v1/secret.ts";
import type { ApiObject, ResourceInfo } from "../../../lib/api/resource-info.ts";

/** Two versions of an object without the values of secrets, which still shows which of them differ. */
export function maskSecrets(
  info: Pick<ResourceInfo, "group" | "kind">,
  before: ApiObject | undefined,
  after: ApiObject,
): [ApiObject | undefined, ApiObject] {
  if (info.group !== "" || info.kind !== "Secret") return [before, after];
  const [old, now]: [Secret, Secret] = [before ?? {}, after];
  return [before && masked(old, now, "before"), masked(now, old, "after")];
}

function masked(secret: Secret, other: Secret, which: string): Secret {
  const values: Record<string, unknown> = { ...other.data };
  const isSame = (key: string, value: unknown) => JSON.stringify(values[key]) === JSON.stringify(value);
  const entries = Object.entries(secret.data ?? {}).map(([key, value]) => {
    const text = !Object.hasOwn(values, key) || isSame(key, value) ? "***" : `*** (${which})`;
    return [key, text] as const;
  });
  // What is shown is no longer what the contract says: base64 in a place of bytes.
  return { ...withoutLastApplied(secret), ...(secret.data ? { data: Object.fromEntries(entries) } : {}) } as Secret;
}

/** The annotation repeats the values. */
function withoutLastApplied(secret: Secret): Secret {
  const { "kubectl.kubernetes.io/last-applied-configuration": _, ...annotations } = secret.metadata?.annotations ?? {};
  return { ...secret, metadata: { ...secret.metadata, annotations } };
}
