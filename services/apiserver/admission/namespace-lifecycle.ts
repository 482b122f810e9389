import { StatusError } from "../../../lib/base/status-error.ts";
import type { ApiObject } from "../../../lib/resources/strategy.ts";
import { forbidden, notFound } from "../errors.ts";
import { storeKey } from "../resource-info.ts";
import type { AdmissionPluginFactory, AdmissionRequest } from "./admission.ts";

const immortal = new Set(["default", "kube-system", "kube-public"]);

/** Nothing is created in a namespace that is not there or is on its way out; the system's own namespaces stay. */
export const namespaceLifecycle: AdmissionPluginFactory = ({ cache, resource }) => {
  const namespaces = resource("", "namespaces");
  const namespaceNamed = (name: string | undefined) => {
    const namespaceCache = cache.cacheOf(namespaces);
    const entry = namespaceCache.get(storeKey(namespaces, undefined, name ?? ""));
    return entry && namespaceCache.decode(entry);
  };
  return {
    name: "NamespaceLifecycle",
    admit(request) {
      refuseSystemNamespace(request);
      if (request.operation !== "CREATE" || request.subresource || !request.namespace) return;
      const namespace = namespaceNamed(request.namespace);
      if (namespace) return refuseTerminating(request, namespace);
      return cache.fresh().then(() => {
        const found = namespaceNamed(request.namespace);
        if (!found) throw notFound(namespaces, request.namespace ?? "");
        refuseTerminating(request, found);
      });
    },
  };
};

function refuseSystemNamespace({ operation, info, name }: AdmissionRequest): void {
  if (operation !== "DELETE" || info.groupResource !== "namespaces" || !immortal.has(name)) return;
  throw forbidden(info, name, "this namespace may not be deleted");
}

function refuseTerminating({ info, name, namespace }: AdmissionRequest, { metadata }: ApiObject): void {
  if (!metadata?.deletionTimestamp) return;
  const detail = `unable to create new content in namespace ${namespace} because it is being terminated`;
  const { message, details } = forbidden(info, name, detail);
  const cause = { reason: "NamespaceTerminating", message: `namespace ${namespace} is being terminated` };
  throw new StatusError("Forbidden", message, { ...details, causes: [{ ...cause, field: "metadata.namespace" }] });
}
