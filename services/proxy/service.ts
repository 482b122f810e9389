import type { Clock } from "../../lib/base/clock.ts";
import type { Client } from "../../lib/client/client.ts";
import type { InformerFactory } from "../../lib/client/informer-factory.ts";
import type { Router } from "../../lib/grpc/router.ts";
import type { Logger } from "../../lib/observe/logger.ts";
import type { ProxyBackend, ServiceTable } from "./backends/backend.ts";
import type { ProxyOptions } from "./options.ts";
import { proxyRouter } from "./proxy-service.ts";
import { SyncLoop } from "./sync-loop.ts";
import { TableKeeper } from "./table-keeper.ts";

export { createNftablesBackend } from "./backends/nftables/nftables-backend.ts";
export { createUserspaceBackend } from "./backends/userspace/userspace-backend.ts";
export { startNetworkPolicies } from "./network-policy/network-policies.ts";
export { createPolicyProgrammer } from "./network-policy/policy-programmer.ts";

/** What a proxy is given; it closes none of it. */
export interface ProxyDeps {
  client: Client;
  informers: InformerFactory;
  backend: ProxyBackend;
  clock: Clock;
  random: () => number;
  logger: Logger;
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
  const { client, informers, backend, clock, random, logger } = deps;
  let loop: SyncLoop | undefined;
  let programmed: ServiceTable = { ports: [] };
  const services = informers.informer(client.core.v1.services);
  const slices = informers.informer(client.discovery.v1.endpointslices);
  const keeper = new TableKeeper(options.nodeName, services, slices, () => loop?.wake());
  try {
    await informers.start();
  } catch (error) {
    keeper.close();
    throw error;
  }
  const sync = async () => {
    const table = keeper.table();
    await backend.apply(table);
    programmed = table;
  };
  const { syncIntervalMs: intervalMs, resyncMs } = options;
  loop = new SyncLoop({ sync, intervalMs, resyncMs, clock, random, logger });
  return {
    router: proxyRouter(backend.name, () => programmed),
    stop: async () => {
      keeper.close();
      await loop?.stop();
    },
  };
}
