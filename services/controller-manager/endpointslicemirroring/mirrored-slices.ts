import type { EndpointAddress, Endpoints } from "../../../gen/typernetes/core/v1/endpoints.ts";
import type { Endpoint, EndpointSlice } from "../../../gen/typernetes/discovery/v1/endpoint_slice.ts";
import { parseAddress } from "../../../lib/api/ip-address.ts";
import { controllerReference } from "../../../lib/controller/controller-ref.ts";
import { type EndpointGroup, endpointKey, portsKey } from "../endpointslice/desired-endpoints.ts";

/** Of a subset at most this many endpoints are mirrored. */
const endpointsMax = 1_000;
const managedBy = "endpointslicemirroring-controller.k8s.io";
const managedByLabel = "endpointslice.kubernetes.io/managed-by";
const serviceNameLabel = "kubernetes.io/service-name";
const privateAnnotations = [
  "endpoints.kubernetes.io/last-change-trigger-time",
  "kubectl.kubernetes.io/last-applied-configuration",
];

export type AddressFamily = "IPv4" | "IPv6";

/** The key of the service that a mirrored slice belongs to. */
export function mirroredKeyOf({ metadata }: EndpointSlice): string | undefined {
  const name = metadata?.labels?.[serviceNameLabel];
  return name && metadata?.labels?.[managedByLabel] === managedBy ? `${metadata.namespace}/${name}` : undefined;
}

/** What stands in the head of every slice of some Endpoints. */
export function mirroredMetadata(endpoints: Endpoints): NonNullable<EndpointSlice["metadata"]> {
  const { name = "", namespace, labels, annotations = {} } = endpoints.metadata ?? {};
  const shared = Object.entries(annotations).filter(([key]) => !privateAnnotations.includes(key));
  return {
    namespace,
    labels: { ...labels, [serviceNameLabel]: name, [managedByLabel]: managedBy },
    ...(shared.length > 0 && { annotations: Object.fromEntries(shared) }),
    ownerReferences: [controllerReference(endpoints, { apiVersion: "v1", kind: "Endpoints" })],
  };
}

/** What the slices of one family should hold. */
export function mirroredGroups({ subsets }: Endpoints, family: AddressFamily): Map<string, EndpointGroup> {
  const groups = new Map<string, EndpointGroup>();
  for (const { addresses = [], notReadyAddresses = [], ports: subsetPorts = [] } of subsets ?? []) {
    const ports = subsetPorts.map(({ name = "", ...port }) => ({ name, ...port }));
    const key = portsKey(ports);
    const group = groups.get(key) ?? { ports, endpoints: new Map<string, Endpoint>() };
    const all = [
      ...addresses.map((address) => mirrored(address, true)),
      ...notReadyAddresses.map((address) => mirrored(address, false)),
    ];
    for (const endpoint of all.filter((each) => familyOf(each) === family).slice(0, endpointsMax))
      group.endpoints.set(endpointKey(endpoint), endpoint);
    if (group.endpoints.size > 0) groups.set(key, group);
  }
  return groups;
}

function mirrored({ ip = "", hostname, nodeName, targetRef }: EndpointAddress, ready: boolean): Endpoint {
  return {
    addresses: [ip],
    conditions: { ready },
    ...(hostname && { hostname }),
    ...(nodeName && { nodeName }),
    ...(targetRef && { targetRef }),
  };
}

function familyOf({ addresses }: Endpoint): AddressFamily | undefined {
  const [address = ""] = addresses ?? [];
  if (!parseAddress(address)) return undefined;
  return address.includes(":") ? "IPv6" : "IPv4";
}
