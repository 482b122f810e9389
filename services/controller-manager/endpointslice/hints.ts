import type { Service } from "../../../gen/typernetes/core/v1/service.ts";
import type { Endpoint } from "../../../gen/typernetes/discovery/v1/endpoint_slice.ts";

const annotation = "service.kubernetes.io/topology-mode";
const formerAnnotation = "service.kubernetes.io/topology-aware-hints";

/**
 * From where traffic is to come to an endpoint, as the service wants it distributed; only ready ones have hints. Those of
 * services that are divided among zones are for all endpoints together to say.
 */
export function withHints(service: Service, endpoint: Endpoint): Endpoint {
  const { trafficDistribution } = service.spec ?? {};
  const { zone, nodeName, conditions } = endpoint;
  if (!trafficDistribution || conditions?.ready !== true || isTopologyAware(service)) return endpoint;
  const forZones = zone ? [{ name: zone }] : undefined;
  const forNodes = trafficDistribution === "PreferSameNode" && nodeName ? [{ name: nodeName }] : undefined;
  if (!forZones && !forNodes) return endpoint;
  return { ...endpoint, hints: { ...(forZones && { forZones }), ...(forNodes && { forNodes }) } };
}

/** Whether a service wants its endpoints divided among the zones. */
export function isTopologyAware({ metadata }: Service): boolean {
  const mode = metadata?.annotations?.[annotation] ?? metadata?.annotations?.[formerAnnotation];
  return mode === "Auto" || mode === "auto";
}
