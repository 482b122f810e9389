import { StatusError } from "../../../lib/base/status-error.ts";
import { forbidden, notFound } from "../errors.ts";
import { storeKey } from "../resource-info.ts";
import type { AdmissionPluginFactory, AdmissionRequest } from "./admission.ts";

const immortal = new Set(["default", "kube-system", "kube-public"]);

/** Nothing is created in a namespace that is not there or is on its way out; the system's own namespaces stay. */
export const namespaceLifecycle: AdmissionPluginFactory = ({ cache, resource }) => {
  const namespaces = resource("", "namespaces");
  return {
    name: "NamespaceLifecycle",
    async admit(request) {
      refuseSystemNamespace(request);
      if (request.operation !== "CREATE" || request.subresource || !request.namespace) return;
      const namespaceCache = cache.cacheOf(namespaces);
      const key = storeKey(namespaces, undefined, request.namespace);
      if (!namespaceCache.get(key)) await cache.fresh();
      const entry = namespaceCache.get(key);
      if (!entry) throw notFound(namespaces, request.namespace);
      if (namespaceCache.decode(entry).metadata?.deletionTimestamp) throw terminating(request, request.namespace);
    },
  };
};

function refuseSystemNamespace({ operation, info, name }: AdmissionRequest): void {
  if (operation !== "DELETE" || info.groupResource !== "namespaces" || !immortal.has(name)) return;
  throw forbidden(info, name, "this namespace may not be deleted");
}

function terminating({ info, name }: AdmissionRequest, namespace: string): StatusError {
  const detail = `unable to create new content in namespace ${namespace} because it is being terminated`;
  const { message, details } = forbidden(info, name, detail);
  const cause = { reason: "NamespaceTerminating", message: `namespace ${namespace} is being terminated` };
  return new StatusError("Forbidden", message, { ...details, causes: [{ ...cause, field: "metadata.namespace" }] });
}
