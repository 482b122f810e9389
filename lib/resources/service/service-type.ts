import type { Service, ServicePort } from "../../../gen/typernetes/core/v1/service.ts";

/** Whether the service has no address of its own: names lead to its pods. */
export function isHeadless(service: Service): boolean {
  const { clusterIP, clusterIPs } = service.spec ?? {};
  return clusterIPs?.length ? clusterIPs.length === 1 && clusterIPs[0] === "None" : clusterIP === "None";
}

export function needsClusterIp({ spec }: Service): boolean {
  return spec?.type === "ClusterIP" || needsNodePort({ spec });
}

export function needsNodePort({ spec }: Service): boolean {
  return spec?.type === "NodePort" || spec?.type === "LoadBalancer";
}

/** Whether the service has a port that tells a load balancer where it runs. */
export function needsHealthCheckPort({ spec }: Service): boolean {
  return spec?.type === "LoadBalancer" && spec.externalTrafficPolicy === "Local";
}

/** Whether traffic from outside the cluster reaches the service. */
export function isExternallyAccessible({ spec }: Service): boolean {
  return needsNodePort({ spec }) || (spec?.type === "ClusterIP" && (spec.externalIPs?.length ?? 0) > 0);
}

/** Ports of a service are told apart by protocol and number. */
export function portKey(port: ServicePort): string {
  return `${port.protocol ?? ""}/${port.port ?? 0}`;
}
