import { isIP, isIPv6 } from "node:net";
import type { Service, ServicePort } from "../../gen/typernetes/core/v1/service.ts";
import type { EndpointSlice } from "../../gen/typernetes/discovery/v1/endpoint_slice.ts";
import type { Endpoint, ServicePortEntry, ServiceTable } from "./backends/backend.ts";
import { candidatesOf, isHere, type NodePosition, nearest, usable } from "./candidates.ts";
import type { HealthCheck } from "./health-check-ports.ts";

/** The label by which a slice names its service. */
const serviceNameLabel = "kubernetes.io/service-name";
/** A service with this label is left to another proxy. */
const otherProxyLabel = "service.kubernetes.io/service-proxy-name";
const defaultAffinitySeconds = 10_800;

/** What a node's proxy programs for all services. */
export function buildServiceTable(services: Service[], slices: EndpointSlice[], node: NodePosition): ServiceTable {
  const byService = new Map<string, EndpointSlice[]>();
  for (const slice of slices) {
    const key = serviceKeyOf(slice);
    if (key === undefined) continue;
    const siblings = byService.get(key);
    if (siblings) siblings.push(slice);
    else byService.set(key, [slice]);
  }
  return { ports: services.flatMap((service) => entriesOf(service, byService.get(keyOf(service)) ?? [], node)) };
}

/** `namespace/name` of the service whose endpoints a slice holds; undefined when it names none. */
export function serviceKeyOf(slice: EndpointSlice): string | undefined {
  const name = slice.metadata?.labels?.[serviceNameLabel];
  return name ? `${slice.metadata?.namespace}/${name}` : undefined;
}

/**
 * The ports of one service with the endpoints that its slices give them on this node. None for services that are not
 * balanced: headless ones, external names, and those of another proxy.
 */
export function entriesOf(service: Service, slices: EndpointSlice[], node: NodePosition): ServicePortEntry[] {
  const addresses = clusterIPsOf(service);
  if (addresses.length === 0) return [];
  // Each family has its own endpoints, which may be ready when those of the other are not.
  const families = familiesOf(addresses).map((family) => ({
    addresses: addresses.filter((address) => familyOf(address) === family),
    family,
    slices: slices.filter(({ addressType = "" }) => addressType === `IPv${family}`),
  }));
  return (service.spec?.ports ?? []).flatMap((port) =>
    families.flatMap((part) => portEntries(service, part, port, node)),
  );
}

/** What a service has in one IP version. */
interface FamilyPart {
  family: 4 | 6;
  addresses: string[];
  slices: EndpointSlice[];
}

/** What a service's health check port tells on this node; undefined when it has none. */
export function healthCheckOf(service: Service, slices: EndpointSlice[], node: NodePosition): HealthCheck | undefined {
  const { type, externalTrafficPolicy, healthCheckNodePort: port, ports = [] } = service.spec ?? {};
  if (!port || type !== "LoadBalancer" || externalTrafficPolicy !== "Local") return undefined;
  const [family] = familiesOf(clusterIPsOf(service));
  const own = slices.filter(({ addressType }) => addressType === `IPv${family}`);
  const candidates = ports.flatMap(({ name = "", protocol = "TCP" }) => candidatesOf(own, name, protocol));
  const here = candidates.filter((candidate) => candidate.ready && isHere(candidate, node));
  const { namespace = "", name = "" } = service.metadata ?? {};
  return { namespace, name, port, localEndpoints: new Set(here.map(({ ip }) => ip)).size };
}

function portEntries(service: Service, part: FamilyPart, port: ServicePort, node: NodePosition): ServicePortEntry[] {
  const { family, addresses, slices } = part;
  const protocol = protocolOf(port.protocol);
  if (protocol === undefined || port.port === undefined) return [];
  const { externalTrafficPolicy, internalTrafficPolicy } = service.spec ?? {};
  const candidates = candidatesOf(slices, port.name ?? "", protocol);
  const everywhere = usable(nearest(candidates, node));
  const here = (): Endpoint[] => usable(candidates.filter((candidate) => isHere(candidate, node)));
  const affinitySeconds = affinitySecondsOf(service);
  const base = {
    id: `${keyOf(service)}:${port.name || port.port}`,
    protocol,
    port: port.port,
    ...(affinitySeconds === undefined ? {} : { affinitySeconds }),
  };
  const inside = { ...base, addresses, endpoints: internalTrafficPolicy === "Local" ? here() : everywhere };
  const balanced = guardedOf(service, family);
  if (balanced) {
    const { status: _status, ...unbalanced } = service;
    const local = externalTrafficPolicy === "Local" ? { externalEndpoints: here() } : {};
    const rest = portEntries(unbalanced, part, port, node);
    return [...rest, { ...base, addresses: [], ...balanced, endpoints: everywhere, ...local }];
  }
  const externalAddresses = externalAddressesOf(service, family);
  if (externalAddresses.length === 0 && !port.nodePort) return [inside];
  const exposure = {
    ...(externalAddresses.length === 0 ? {} : { externalAddresses }),
    ...(port.nodePort ? { nodePort: port.nodePort } : {}),
  };
  const external = externalTrafficPolicy === "Local" ? { externalEndpoints: here() } : {};
  if (internalTrafficPolicy !== "Local") return [{ ...inside, ...exposure, ...external }];
  const nodePortFamilies = port.nodePort ? { nodePortFamilies: [family] } : {};
  return [inside, { ...base, addresses: [], ...exposure, ...nodePortFamilies, endpoints: everywhere, ...external }];
}

function familiesOf(addresses: string[]): (4 | 6)[] {
  return [...new Set(addresses.map(familyOf))];
}

function familyOf(address: string): 4 | 6 {
  return isIPv6(address) ? 6 : 4;
}

function keyOf({ metadata }: Service): string {
  return `${metadata?.namespace}/${metadata?.name}`;
}

function clusterIPsOf({ metadata, spec }: Service): string[] {
  if (spec?.type === "ExternalName" || metadata?.labels?.[otherProxyLabel] !== undefined) return [];
  const addresses = spec?.clusterIPs?.length ? spec.clusterIPs : [spec?.clusterIP ?? ""];
  return addresses.filter((address) => isIP(address) !== 0);
}

function externalAddressesOf({ spec, status }: Service, family: 4 | 6): string[] {
  // An ingress in mode `Proxy` wants to see all traffic itself.
  const ingress = spec?.type === "LoadBalancer" ? (status?.loadBalancer?.ingress ?? []) : [];
  const balanced = ingress.filter(({ ipMode }) => ipMode !== "Proxy").map(({ ip }) => ip ?? "");
  const addresses = [...(spec?.externalIPs ?? []), ...balanced];
  return [...new Set(addresses)].filter((address) => isIP(address) === family);
}

/** The load balancer's addresses where only some clients may use them. */
function guardedOf(
  service: Service,
  family: 4 | 6,
): Pick<ServicePortEntry, "externalAddresses" | "sourceRanges"> | undefined {
  const { type, externalIPs = [], loadBalancerSourceRanges = [] } = service.spec ?? {};
  if (type !== "LoadBalancer" || loadBalancerSourceRanges.length === 0) return undefined;
  const externalAddresses = externalAddressesOf(service, family).filter((address) => !externalIPs.includes(address));
  if (externalAddresses.length === 0) return undefined;
  return { externalAddresses, sourceRanges: loadBalancerSourceRanges.map((range) => range.trim()) };
}

function affinitySecondsOf({ spec }: Service): number | undefined {
  if (spec?.sessionAffinity !== "ClientIP") return undefined;
  return spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? defaultAffinitySeconds;
}

function protocolOf(protocol = "TCP"): ServicePortEntry["protocol"] | undefined {
  return protocol === "TCP" || protocol === "UDP" || protocol === "SCTP" ? protocol : undefined;
}
