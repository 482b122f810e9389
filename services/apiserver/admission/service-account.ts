import type { Container, Pod, Volume } from "../../../gen/typernetes/core/v1/pod.ts";
import type { ServiceAccount } from "../../../gen/typernetes/core/v1/service_account.ts";
import type { ApiObject } from "../../../lib/resources/strategy.ts";
import { forbidden } from "../errors.ts";
import { generateName } from "../generate-name.ts";
import { storeKey } from "../resource-info.ts";
import { isStaticPod } from "../subresources/static-pod.ts";
import type { AdmissionContext, AdmissionPluginFactory, AdmissionRequest } from "./admission.ts";

const defaultName = "default";
const attemptsMax = 10;
const retryIntervalMs = 100;
const mountPath = "/var/run/secrets/kubernetes.io/serviceaccount";
const volumePrefix = "kube-api-access-";
const tokenSeconds = 3607;
const readableByAll = 0o644;

/**
 * A pod runs under a service account of its namespace that exists, `default` when it names none; it is given a token of that
 * account, unless account or pod say otherwise.
 */
export const serviceAccount: AdmissionPluginFactory = (context) => ({
  name: "ServiceAccount",
  kinds: ["pods"],
  admit(request) {
    if (!isPodCreation(request)) return;
    const pod: Pod & ApiObject = request.object ?? {};
    if (isStaticPod(pod)) return refuseReferences(request, pod);
    const spec = { ...pod.spec };
    pod.spec = spec;
    spec.serviceAccountName ||= spec.serviceAccount || defaultName;
    spec.serviceAccount = spec.serviceAccountName;
    const { serviceAccountName: name } = spec;
    const known = knownAccount(context, request.namespace, name);
    if (known) return takeAccount(context, spec, known);
    return findAccount(context, request.namespace, name).then((account) => {
      if (account) return takeAccount(context, spec, account);
      const detail = `error looking up service account ${request.namespace}/${name}: serviceaccount "${name}" not found`;
      throw forbidden(request.info, request.name, detail);
    });
  },
});

function takeAccount(context: AdmissionContext, spec: Spec, account: ServiceAccount): void {
  if (spec.automountServiceAccountToken ?? account.automountServiceAccountToken ?? true) mountToken(context, spec);
  if (!spec.imagePullSecrets?.length && account.imagePullSecrets?.length) {
    spec.imagePullSecrets = account.imagePullSecrets.map((secret) => ({ ...secret }));
  }
}

function isPodCreation({ operation, info, subresource }: AdmissionRequest): boolean {
  return operation === "CREATE" && info.groupResource === "pods" && !subresource;
}

/** Such pods run whether the server answers or not. */
function refuseReferences(request: AdmissionRequest, { spec }: Pod): void {
  if (spec?.serviceAccountName)
    throw forbidden(request.info, request.name, "a mirror pod may not reference service accounts");
  const isToken = (volume: Volume) => volume.projected?.sources?.some((source) => source.serviceAccountToken);
  if (spec?.volumes?.some(isToken)) {
    throw forbidden(request.info, request.name, "a mirror pod may not use ServiceAccountToken volume projections");
  }
}

type Spec = NonNullable<Pod["spec"]>;

/** Gives a token to all containers that have nothing of their own in its place. */
function mountToken({ random }: AdmissionContext, spec: Spec): void {
  const existing = spec.volumes?.find(({ name, projected }) => projected && name?.startsWith(volumePrefix));
  const name = existing?.name ?? generateName(volumePrefix, random);
  let isMounted = false;
  const mounted = (container: Container): Container => {
    if (container.volumeMounts?.some((mount) => mount.mountPath === mountPath)) return container;
    isMounted = true;
    return { ...container, volumeMounts: [...(container.volumeMounts ?? []), { name, readOnly: true, mountPath }] };
  };
  if (spec.initContainers) spec.initContainers = spec.initContainers.map(mounted);
  if (spec.containers) spec.containers = spec.containers.map(mounted);
  if (isMounted && !existing) spec.volumes = [...(spec.volumes ?? []), tokenVolume(name)];
}

function tokenVolume(name: string): Volume {
  return {
    name,
    projected: {
      defaultMode: readableByAll,
      sources: [
        { serviceAccountToken: { expirationSeconds: tokenSeconds, path: "token" } },
        { configMap: { name: "kube-root-ca.crt", items: [{ key: "ca.crt", path: "ca.crt" }] } },
        {
          downwardAPI: {
            items: [{ path: "namespace", fieldRef: { apiVersion: "v1", fieldPath: "metadata.namespace" } }],
          },
        },
      ],
    },
  };
}

function knownAccount(
  { cache, resource }: AdmissionContext,
  namespace: string | undefined,
  name: string,
): ServiceAccount | undefined {
  const accounts = resource("", "serviceaccounts");
  const accountCache = cache.cacheOf(accounts);
  const entry = accountCache.get(storeKey(accounts, namespace, name));
  return entry && accountCache.decode(entry);
}

/** The default account is made a moment after its namespace: it is waited for. */
async function findAccount(
  context: AdmissionContext,
  namespace: string | undefined,
  name: string,
): Promise<ServiceAccount | undefined> {
  for (let attempt = 0; attempt < attemptsMax; attempt++) {
    if (attempt > 0) await context.clock.sleep(retryIntervalMs);
    else await context.cache.fresh();
    const account = knownAccount(context, namespace, name);
    if (account || name !== defaultName) return account;
  }
  return undefined;
}
