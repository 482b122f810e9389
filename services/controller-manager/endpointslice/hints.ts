import type { Service } from "../../../gen/typernetes/core/v1/service.ts";
import type { Endpoint } from "../../../gen/typernetes/discovery/v1/endpoint_slice.ts";
import { isTopologyAware } from "./topology-hints.ts";

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
