import type { Lease } from "../../../gen/typernetes/coordination/v1/lease.ts";
import type { ComponentStatus, ComponentStatusList } from "../../../gen/typernetes/core/v1/component_status.ts";
import { StatusError } from "../../../lib/base/status-error.ts";
import type { ApiObject } from "../../../lib/resources/strategy.ts";
import type { Core } from "../core.ts";
import { storeKey } from "../resource-info.ts";

const leaseNamespace = "kube-system";
const components = {
  "controller-manager": "kube-controller-manager",
  scheduler: "kube-scheduler",
};

/** How the cluster's parts are: the store is asked, the others are known by their leases. */
export async function listComponentStatuses(core: Core): Promise<ComponentStatusList> {
  const items = Object.entries(components).map(([name, lease]) => status(name, leaseFault(core, lease)));
  items.push(status("etcd-0", await storeFault(core)));
  return { apiVersion: "v1", kind: "ComponentStatusList", metadata: {}, items };
}

/** One of them. @throws StatusError `NotFound`. */
export async function getComponentStatus(core: Core, name: string): Promise<ComponentStatus> {
  const { items = [] } = await listComponentStatuses(core);
  const found = items.find((item) => item.metadata?.name === name);
  if (found) return found;
  const details = { name, kind: "componentstatuses" };
  throw new StatusError("NotFound", `componentstatuses "${name}" not found`, details);
}

function status(name: string, fault: string | undefined): ComponentStatus {
  const healthy = { type: "Healthy", status: "True", message: "ok" };
  const unhealthy = { type: "Healthy", status: "False", message: fault, error: fault };
  const conditions = [fault === undefined ? healthy : unhealthy];
  return { apiVersion: "v1", kind: "ComponentStatus", metadata: { name }, conditions };
}

async function storeFault(core: Core): Promise<string | undefined> {
  try {
    await core.store.currentRevision();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function leaseFault(core: Core, name: string): string | undefined {
  const leases = core.resource("coordination.k8s.io", "leases");
  const cache = core.cache.cacheOf(leases);
  const entry = cache.get(storeKey(leases, leaseNamespace, name));
  if (!entry) return `no instance holds the lease ${leaseNamespace}/${name}`;
  const { spec }: ApiObject & Lease = cache.decode(entry);
  const silentMs = core.clock.now() - Date.parse(spec?.renewTime ?? "");
  const holds = silentMs <= (spec?.leaseDurationSeconds ?? 0) * 1000;
  return holds ? undefined : `the lease ${leaseNamespace}/${name} was last renewed at ${spec?.renewTime ?? "no time"}`;
}
