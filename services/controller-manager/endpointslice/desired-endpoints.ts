import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import type { Service, ServicePort } from "../../../gen/typernetes/core/v1/service.ts";
import type { Endpoint, EndpointPort } from "../../../gen/typernetes/discovery/v1/endpoint_slice.ts";
import { isPodFinished, isPodReady } from "../pods/pod-state.ts";
import { withHints } from "./hints.ts";

/** Endpoints that are reached by the same ports, as they stand in slices of one kind. */
export interface EndpointGroup {
  ports: EndpointPort[];
  /** By `endpointKey`. */
  endpoints: Map<string, Endpoint>;
}

/** What the slices of a service should hold: one group per set of port numbers, by the key of its ports. */
export function desiredEndpoints(
  service: Service,
  pods: Iterable<Pod>,
  family: "IPv4" | "IPv6",
  zoneOf: (nodeName: string) => string | undefined,
): Map<string, EndpointGroup> {
  const groups = new Map<string, EndpointGroup>();
  for (const pod of pods) {
    const address = addressOf(pod, family);
    if (!address || isPodFinished(pod)) continue;
    const ports = endpointPorts(service, pod);
    const key = portsKey(ports);
    const group = groups.get(key) ?? { ports, endpoints: new Map<string, Endpoint>() };
    groups.set(key, group);
    const zone = zoneOf(pod.spec?.nodeName ?? "");
    const endpoint = withHints(service, { ...endpointOf(service, pod, address), zone });
    group.endpoints.set(endpointKey(endpoint), endpoint);
  }
  return groups;
}

/** Tells endpoints apart: pods in the network of their node share its address. */
export function endpointKey({ addresses, targetRef }: Endpoint): string {
  return `${targetRef?.uid ?? ""} ${addresses?.[0] ?? ""}`;
}

/** Tells slices with the same ports from others. */
export function portsKey(ports: readonly EndpointPort[] | undefined): string {
  const parts = (ports ?? []).map(
    (port) => `${port.name ?? ""}/${port.protocol ?? "TCP"}/${port.port ?? ""}/${port.appProtocol ?? ""}`,
  );
  return parts.sort().join(",");
}

/** The pod's address of a family, if it has one. */
export function addressOf(pod: Pod, family: "IPv4" | "IPv6"): string | undefined {
  const addresses = pod.status?.podIPs?.map(({ ip }) => ip) ?? [pod.status?.podIP];
  return addresses.find((ip): ip is string => ip !== undefined && ip.includes(":") === (family === "IPv6"));
}

function endpointOf(service: Service, pod: Pod, address: string): Endpoint {
  const serving = isPodReady(pod);
  const terminating = pod.metadata?.deletionTimestamp !== undefined;
  const { name, namespace, uid } = pod.metadata ?? {};
  const named = pod.spec?.hostname && pod.spec.subdomain === service.metadata?.name;
  return {
    addresses: [address],
    conditions: { ready: service.spec?.publishNotReadyAddresses || (serving && !terminating), serving, terminating },
    hostname: named ? pod.spec?.hostname : undefined,
    targetRef: { kind: "Pod", namespace, name, uid },
    nodeName: pod.spec?.nodeName,
  };
}

/** The ports of a service as they stand on a pod; those with names that the pod does not have are left out. */
export function endpointPorts(service: Service, pod: Pod): EndpointPort[] {
  const ports: EndpointPort[] = [];
  for (const servicePort of service.spec?.ports ?? []) {
    const port = targetPort(servicePort, pod);
    if (port === undefined) continue;
    ports.push({
      name: servicePort.name ?? "",
      protocol: servicePort.protocol ?? "TCP",
      port,
      appProtocol: servicePort.appProtocol,
    });
  }
  return ports;
}

/** The pod's port for a port of the service; undefined when the pod does not have the name. */
function targetPort(servicePort: ServicePort, pod: Pod): number | undefined {
  const target = servicePort.targetPort ?? servicePort.port;
  if (typeof target === "number") return target === 0 ? servicePort.port : target;
  const sidecars = (pod.spec?.initContainers ?? []).filter((container) => container.restartPolicy === "Always");
  for (const container of [...(pod.spec?.containers ?? []), ...sidecars]) {
    for (const port of container.ports ?? []) {
      if (port.name === target && (port.protocol ?? "TCP") === (servicePort.protocol ?? "TCP"))
        return port.containerPort;
    }
  }
  return undefined;
}
