import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import type { ServiceAccount } from "../../../gen/typernetes/core/v1/service_account.ts";
import type { ApiObject } from "../../../lib/resources/strategy.ts";
import { forbidden } from "../errors.ts";
import { storeKey } from "../resource-info.ts";
import type { AdmissionContext, AdmissionPluginFactory, AdmissionRequest } from "./admission.ts";

const defaultName = "default";
const attemptsMax = 10;
const retryIntervalMs = 100;
const mirrorAnnotation = "kubernetes.io/config.mirror";

/** A pod runs under a service account of its namespace that exists: `default` when it names none. */
export const serviceAccount: AdmissionPluginFactory = (context) => ({
  name: "ServiceAccount",
  async admit(request) {
    if (!isPodCreation(request)) return;
    const pod: Pod & ApiObject = request.object ?? {};
    if (pod.metadata?.annotations?.[mirrorAnnotation] !== undefined) return;
    const spec = { ...pod.spec };
    pod.spec = spec;
    spec.serviceAccountName ||= spec.serviceAccount || defaultName;
    spec.serviceAccount = spec.serviceAccountName;
    const account = await findAccount(context, request.namespace, spec.serviceAccountName);
    if (!account) {
      const detail = `error looking up service account ${request.namespace}/${spec.serviceAccountName}: serviceaccount "${spec.serviceAccountName}" not found`;
      throw forbidden(request.info, request.name, detail);
    }
    if (!spec.imagePullSecrets?.length && account.imagePullSecrets?.length) {
      spec.imagePullSecrets = account.imagePullSecrets.map((secret) => ({ ...secret }));
    }
  },
});

function isPodCreation({ operation, info, subresource }: AdmissionRequest): boolean {
  return operation === "CREATE" && info.groupResource === "pods" && !subresource;
}

/** The default account is made a moment after its namespace: it is waited for. */
async function findAccount(
  { cache, clock, resource }: AdmissionContext,
  namespace: string | undefined,
  name: string,
): Promise<ServiceAccount | undefined> {
  const accounts = resource("", "serviceaccounts");
  const accountCache = cache.cacheOf(accounts);
  const key = storeKey(accounts, namespace, name);
  for (let attempt = 0; attempt < attemptsMax; attempt++) {
    if (attempt > 0) await clock.sleep(retryIntervalMs);
    else if (!accountCache.get(key)) await cache.fresh();
    const entry = accountCache.get(key);
    if (entry) return accountCache.decode(entry);
    if (name !== defaultName) return undefined;
  }
  return undefined;
}
