import { ProxyServiceDefinition, type ResolveRequest, type ServicePort } from "../../gen/typernetes/proxy/v1/proxy.ts";
import { StatusError } from "../../lib/base/status-error.ts";
import { Router } from "../../lib/grpc/router.ts";
import type { ServicePortEntry, ServiceTable } from "./backends/backend.ts";

/** The proxy's gRPC service: tells what is programmed. */
export function proxyRouter(mode: string, programmed: () => ServiceTable): Router {
  return new Router().add(ProxyServiceDefinition, {
    getTable: async () => ({ mode, ports: programmed().ports.map(toServicePort) }),
    resolve: async (request) => ({ ports: resolve(programmed(), request).map(toServicePort) }),
  });
}

function resolve(table: ServiceTable, { namespace, name, port }: ResolveRequest): ServicePortEntry[] {
  if (!namespace || !name) throw new StatusError("BadRequest", "namespace and name of the service are required");
  const prefix = `${namespace}/${name}:`;
  const all = table.ports.filter(({ id }) => id.startsWith(prefix));
  const found = port ? all.filter((entry) => entry.id === prefix + port || String(entry.port) === port) : all;
  if (found.length > 0) return found;
  const what = all.length > 0 ? `port "${port}" of service "${namespace}/${name}"` : `service "${namespace}/${name}"`;
  throw new StatusError("NotFound", `${what} is not programmed on this node`, { kind: "services", name });
}

function toServicePort(entry: ServicePortEntry): ServicePort {
  const { id, protocol, port, nodePort, affinitySeconds, endpoints } = entry;
  const addresses = [...entry.addresses, ...(entry.externalAddresses ?? [])];
  return { id, protocol, addresses, port, nodePort, affinitySeconds, endpoints };
}
