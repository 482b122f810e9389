import type { Node } from "../../gen/typernetes/core/v1/node.ts";
import type { Clock } from "../../lib/base/clock.ts";
import type { Client } from "../../lib/client/client.ts";
import type { InformerFactory } from "../../lib/client/informer-factory.ts";
import type { Router } from "../../lib/grpc/router.ts";
import type { Logger } from "../../lib/observe/logger.ts";
import type { ProxyBackend, ServiceTable } from "./backends/backend.ts";
import type { NodePosition } from "./candidates.ts";
import type { HealthCheckPorts } from "./health-check-ports.ts";
import type { ProxyOptions } from "./options.ts";
import type { OwnPorts } from "./own-ports.ts";
import { ProxyHealth } from "./proxy-health.ts";
import { proxyRouter } from "./proxy-service.ts";
import { SyncLoop } from "./sync-loop.ts";
import { TableKeeper } from "./table-keeper.ts";

export { createNftablesBackend } from "./backends/nftables/nftables-backend.ts";
export { createUserspaceBackend } from "./backends/userspace/userspace-backend.ts";
export { HealthCheckPorts } from "./health-check-ports.ts";
export { startNetworkPolicies } from "./network-policy/network-policies.ts";
export { createPolicyProgrammer } from "./network-policy/policy-programmer.ts";
export { OwnPorts } from "./own-ports.ts";

const zoneLabel = "topology.kubernetes.io/zone";

/** What a proxy is given; it closes none of it. */
export interface ProxyDeps {
  client: Client;
  informers: InformerFactory;
  backend: ProxyBackend;
  clock: Clock;
  random: () => number;
  logger: Logger;
  /** Where health check node ports are listened on; not at all when absent. */
  healthCheckPorts?: HealthCheckPorts;
  /** Where the proxy tells of itself; nowhere when absent. */
  ownPorts?: OwnPorts;
}

/** A running proxy. */
export interface ServiceProxy {
  /** The node's gRPC service of the proxy, to be served by the process. */
  readonly router: Router;
  /**
   * Stops following the cluster. What is programmed stays until the backend is closed, so that connections go on while a
   * proxy is replaced.
   */
  stop(): Promise<void>;
}

/** Programs the node's load balancing for all services, and keeps it up to date. Resolves when the first table is being programmed. */
export async function startProxy(deps: ProxyDeps, options: ProxyOptions): Promise<ServiceProxy> {
  const { client, informers, backend, clock, random, logger, healthCheckPorts, ownPorts } = deps;
  let loop: SyncLoop | undefined;
  const health = new ProxyHealth(clock, 2 * options.resyncMs);
  let programmed: ServiceTable = { ports: [] };
  const services = informers.informer(client.core.v1.services);
  const slices = informers.informer(client.discovery.v1.endpointslices);
  const node: NodePosition = { name: options.nodeName, sharing: new Set(options.sharing) };
  const keeper = new TableKeeper(node, services, slices, () => {
    health.changed();
    loop?.wake();
  });
  const nodes = informers.informer(client.core.v1.nodes, { fieldSelector: `metadata.name=${options.nodeName}` });
  const move = (node: Node) => {
    if (node.metadata?.name !== options.nodeName) return;
    keeper.moveTo(node.metadata.labels?.[zoneLabel]);
    health.nodeIs(node);
  };
  const removeHandler = nodes.addHandler({ added: move, updated: (_before, after) => move(after) });
  const close = () => {
    removeHandler();
    keeper.close();
  };
  try {
    await informers.start();
  } catch (error) {
    close();
    throw error;
  }
  const sync = async () => {
    const table = keeper.table();
    const checks = keeper.healthChecks();
    const relays = [...(healthCheckPorts?.relays(checks) ?? []), ...(ownPorts?.relays() ?? [])];
    await backend.apply({ ports: [...table.ports, ...relays] });
    programmed = table;
    await healthCheckPorts?.update(checks);
  };
  await ownPorts?.open({ mode: backend.name, health, metrics: health.text });
  const { syncIntervalMs: intervalMs, resyncMs } = options;
  loop = new SyncLoop({ sync: () => health.during(sync), intervalMs, resyncMs, clock, random, logger });
  return {
    router: proxyRouter(backend.name, () => programmed),
    stop: async () => {
      close();
      await loop?.stop();
      await Promise.all([healthCheckPorts?.close(), ownPorts?.close()]);
    },
  };
}
