import type { Secret } from "../../../gen/typernetes/core/v1/secret.ts";
import type { ApiObject } from "../../../lib/resources/strategy.ts";
import { storeKey } from "../resource-info.ts";
import type { AdmissionPluginFactory } from "./admission.ts";

const type = "kubernetes.io/service-account-token";
const nameAnnotation = "kubernetes.io/service-account.name";
const uidAnnotation = "kubernetes.io/service-account.uid";

/** Fills a secret that is to keep a token of a service account: only the apiserver has the key that signs it. */
export const serviceAccountSecret: AdmissionPluginFactory = ({ cache, resource, tokens, caCertificate }) => ({
  name: "ServiceAccountSecret",
  kinds: ["secrets"],
  async admit({ operation, info, namespace = "", name, object }) {
    if (operation === "DELETE" || info.groupResource !== "secrets" || !object) return;
    const secret: Secret & ApiObject = object;
    if (secret.type !== type || (secret.data?.token && secret.data.namespace)) return;
    const accounts = resource("", "serviceaccounts");
    const accountName = secret.metadata?.annotations?.[nameAnnotation] ?? "";
    const accountCache = cache.cacheOf(accounts);
    const key = storeKey(accounts, namespace, accountName);
    if (!accountCache.get(key)) await cache.fresh();
    const entry = accountCache.get(key);
    const uid = entry && accountCache.decode(entry).metadata?.uid;
    // Who keeps house among these secrets removes what has no account.
    if (!uid) return;
    const wanted = secret.metadata?.annotations?.[uidAnnotation];
    if (wanted && wanted !== uid) return;
    secret.metadata = { ...secret.metadata, annotations: { ...secret.metadata?.annotations, [uidAnnotation]: uid } };
    secret.data = {
      ...secret.data,
      ...(caCertificate && { "ca.crt": base64(caCertificate) }),
      namespace: base64(namespace),
      token: base64(await tokens.issueForSecret(namespace, { name: accountName, uid }, name)),
    };
  },
});

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}
