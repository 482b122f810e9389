import type { EndpointAddress, EndpointPort, EndpointSubset } from "../../../gen/typernetes/core/v1/endpoints.ts";
import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import type { Service } from "../../../gen/typernetes/core/v1/service.ts";
import { addressOf, endpointPorts } from "../endpointslice/desired-endpoints.ts";
import { isPodFinished, isPodReady } from "../pods/pod-state.ts";

/** An Endpoints object holds at most this many addresses. */
const addressesMax = 1_000;

type Addresses = Required<Pick<EndpointSubset, "addresses" | "notReadyAddresses">>;

/** What the Endpoints of a service should hold: addresses by the ports that they serve, in a stable order. */
export function desiredSubsets(service: Service, pods: Iterable<Pod>): EndpointSubset[] {
  const publishNotReady = service.spec?.publishNotReadyAddresses === true;
  const family = service.spec?.ipFamilies?.[0] === "IPv6" ? "IPv6" : "IPv4";
  const subsets = new Map<string, Addresses & EndpointSubset>();
  for (const pod of pods) {
    const ip = addressOf(pod, family);
    if (!ip || isPodFinished(pod) || (pod.metadata?.deletionTimestamp && !publishNotReady)) continue;
    const ports = portsOf(service, pod);
    if (ports.length === 0 && !isPortless(service)) continue;
    const key = JSON.stringify(ports);
    const subset = subsets.get(key) ?? { addresses: [], notReadyAddresses: [], ports };
    subsets.set(key, subset);
    (publishNotReady || isPodReady(pod) ? subset.addresses : subset.notReadyAddresses).push(
      addressFor(service, pod, ip),
    );
  }
  return [...subsets.entries()].sort(byKey).map(([, { addresses, notReadyAddresses, ports }]) => ({
    addresses: orAbsent(addresses.sort(byAddress)),
    notReadyAddresses: orAbsent(notReadyAddresses.sort(byAddress)),
    ports: orAbsent(ports ?? []),
  }));
}

/** Leaves as many addresses as an object may hold, ready ones first, of each subset its share; says whether any went. */
export function truncated(subsets: EndpointSubset[]): { subsets: EndpointSubset[]; overCapacity: boolean } {
  const ready = countOf(subsets, "addresses");
  const notReady = countOf(subsets, "notReadyAddresses");
  if (ready + notReady <= addressesMax) return { subsets, overCapacity: false };
  const readyMax = Math.min(ready, addressesMax);
  const addresses = share(subsets, "addresses", readyMax);
  const notReadyAddresses = share(subsets, "notReadyAddresses", addressesMax - readyMax);
  const kept = subsets.map(({ ports }, index) => ({
    addresses: orAbsent(addresses[index] ?? []),
    notReadyAddresses: orAbsent(notReadyAddresses[index] ?? []),
    ports,
  }));
  return { subsets: kept.filter((it) => it.addresses ?? it.notReadyAddresses), overCapacity: true };
}

type Part = "addresses" | "notReadyAddresses";

function countOf(subsets: readonly EndpointSubset[], part: Part): number {
  return subsets.reduce((sum, subset) => sum + (subset[part]?.length ?? 0), 0);
}

function share(subsets: readonly EndpointSubset[], part: Part, count: number): EndpointAddress[][] {
  const total = countOf(subsets, part);
  let rest = count;
  return subsets.map((subset, index) => {
    const all = subset[part] ?? [];
    const fair = index === subsets.length - 1 ? rest : Math.round((all.length * count) / Math.max(total, 1));
    const kept = all.slice(0, Math.min(fair, rest));
    rest -= kept.length;
    return kept;
  });
}

function portsOf(service: Service, pod: Pod): EndpointPort[] {
  return endpointPorts(service, pod)
    .map(({ name, ...port }) => ({ ...(name && { name }), ...port }))
    .sort((left, right) => (JSON.stringify(left) < JSON.stringify(right) ? -1 : 1));
}

/** Only headless services may have no ports. */
function isPortless({ spec }: Service): boolean {
  return spec?.clusterIP === "None" && (spec.ports ?? []).length === 0;
}

function addressFor(service: Service, pod: Pod, ip: string): EndpointAddress {
  const { name, namespace, uid } = pod.metadata ?? {};
  const named = pod.spec?.hostname && pod.spec.subdomain === service.metadata?.name;
  return {
    ip,
    ...(named && { hostname: pod.spec?.hostname }),
    nodeName: pod.spec?.nodeName,
    targetRef: { kind: "Pod", namespace, name, uid },
  };
}

function orAbsent<T>(items: T[]): T[] | undefined {
  return items.length > 0 ? items : undefined;
}

function byKey([left]: [string, unknown], [right]: [string, unknown]): number {
  return left < right ? -1 : 1;
}

function byAddress(left: EndpointAddress, right: EndpointAddress): number {
  const [a, b] = [left, right].map(({ ip, targetRef }) => `${ip} ${targetRef?.uid}`);
  return (a ?? "") < (b ?? "") ? -1 : 1;
}
