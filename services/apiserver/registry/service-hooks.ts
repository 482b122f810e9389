import type { Service } from "../../../gen/typernetes/core/v1/service.ts";
import type { ApiObject } from "../../../lib/resources/strategy.ts";
import type { ClusterAddresses } from "../allocators/cluster-addresses.ts";
import type { NodePorts } from "../allocators/node-ports.ts";
import {
  type Held,
  heldBy,
  keyOf,
  needsClusterIp,
  needsHealthCheckPort,
  needsNodePorts,
  release,
  ServiceAllocations,
} from "../allocators/service-allocations.ts";
import { completeFamilies } from "../allocators/service-families.ts";
import type { KindHooks } from "./kind-hooks.ts";

const nothing: Held = { addresses: new Set(), ports: new Set() };

/** A service gets its addresses and node ports before it is stored, and gives them back when it no longer needs them. */
export function serviceHooks(addresses: ClusterAddresses, nodePorts: NodePorts): KindHooks {
  return {
    async beforeCreate(service: ApiObject & Service, { dryRun }) {
      service.spec = { ...service.spec };
      completeFamilies(service, undefined, addresses.families);
      return new ServiceAllocations(addresses, nodePorts, dryRun).complete(service, nothing);
    },
    completeUpdate(service: ApiObject & Service, old: Service) {
      keepAllocated(service, old);
      completeFamilies(service, old, addresses.families);
    },
    beforeUpdate: (service, old, { dryRun }) =>
      new ServiceAllocations(addresses, nodePorts, dryRun).complete(service, heldBy(old)),
    async afterUpdate(service, old) {
      const [now, before] = [heldBy(service), heldBy(old)];
      await release(addresses, nodePorts, keyOf(service), {
        addresses: without(before.addresses, now.addresses),
        ports: without(before.ports, now.ports),
      });
    },
    afterDelete: (service) => release(addresses, nodePorts, keyOf(service), heldBy(service)),
  };
}

/** What an update leaves out of what was allocated stays as it is; what the new type has no use for goes. */
function keepAllocated(service: ApiObject & Service, old: Service): void {
  const spec = { ...service.spec };
  service.spec = spec;
  if (needsClusterIp(service) && needsClusterIp(old) && !spec.clusterIP) {
    spec.clusterIP = old.spec?.clusterIP;
    spec.clusterIPs = old.spec?.clusterIPs;
  }
  if (!spec.clusterIPs?.length && spec.clusterIP === old.spec?.clusterIP) spec.clusterIPs = old.spec?.clusterIPs;
  const changedFrom = old.spec?.type !== spec.type;
  if (spec.type === "ExternalName" && changedFrom && spec.clusterIP === old.spec?.clusterIP) {
    delete spec.clusterIP;
    delete spec.clusterIPs;
    delete spec.ipFamilies;
    delete spec.ipFamilyPolicy;
  }
  if (needsNodePorts(service)) keepNodePorts(service, old);
  else if (changedFrom && needsNodePorts(old)) dropNodePorts(service, old);
  if (needsHealthCheckPort(service)) spec.healthCheckNodePort ||= old.spec?.healthCheckNodePort;
  else if (spec.healthCheckNodePort === old.spec?.healthCheckNodePort) delete spec.healthCheckNodePort;
}

function keepNodePorts({ spec }: Service, old: Service): void {
  const used = new Set((spec?.ports ?? []).map((port) => port.nodePort));
  for (const port of spec?.ports ?? []) {
    if (port.nodePort) continue;
    const before = old.spec?.ports?.find((other) => other.port === port.port && other.protocol === port.protocol);
    if (before?.nodePort && !used.has(before.nodePort)) port.nodePort = before.nodePort;
  }
}

function dropNodePorts({ spec }: Service, old: Service): void {
  const before = new Set((old.spec?.ports ?? []).map((port) => port.nodePort));
  for (const port of spec?.ports ?? []) if (before.has(port.nodePort)) delete port.nodePort;
}

function without<T>(set: ReadonlySet<T>, others: ReadonlySet<T>): Set<T> {
  return new Set([...set].filter((item) => !others.has(item)));
}
