import type { Endpoints } from "../../../gen/typernetes/core/v1/endpoints.ts";
import type { EndpointSlice } from "../../../gen/typernetes/discovery/v1/endpoint_slice.ts";
import type { ApiserverPlace } from "./apiserver-leases.ts";

export const namespace = "default";
export const kubernetesServiceName = "kubernetes";

const name = kubernetesServiceName;

/** The endpoints of apiservers. Those with the same port share a subset. */
export function kubernetesEndpoints(places: readonly ApiserverPlace[]): Endpoints {
  return {
    metadata: { name, namespace, labels: { "endpointslice.kubernetes.io/skip-mirror": "true" } },
    subsets: byPort(places).map(({ port, addresses }) => ({
      addresses: addresses.map((ip) => ({ ip })),
      ports: [{ name: "https", port, protocol: "TCP" }],
    })),
  };
}

/** The slices of apiservers: one, as all have the same port and family as a rule; else one for each. */
export function kubernetesSlices(places: readonly ApiserverPlace[]): EndpointSlice[] {
  const families = ["IPv4", "IPv6"].map((addressType) => ({
    addressType,
    own: places.filter(({ address }) => address.includes(":") === (addressType === "IPv6")),
  }));
  return families
    .flatMap(({ addressType, own }) => byPort(own).map((group) => ({ addressType, ...group })))
    .map(({ addressType, port, addresses }, index) => ({
      metadata: {
        name: index === 0 ? name : `${name}-${addressType.toLowerCase()}-${port}`,
        namespace,
        labels: { "kubernetes.io/service-name": name },
      },
      addressType,
      endpoints: addresses.map((address) => ({ addresses: [address], conditions: { ready: true } })),
      ports: [{ name: "https", port, protocol: "TCP" }],
    }));
}

function byPort(places: readonly ApiserverPlace[]): { port: number; addresses: string[] }[] {
  const groups = new Map<number, Set<string>>();
  for (const { address, port } of places) groups.set(port, (groups.get(port) ?? new Set()).add(address));
  return [...groups]
    .sort(([one], [other]) => one - other)
    .map(([port, addresses]) => ({ port, addresses: [...addresses].sort() }));
}
