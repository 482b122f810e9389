import type { Service } from "../../../gen/typernetes/core/v1/service.ts";
import type { Endpoint } from "../../../gen/typernetes/discovery/v1/endpoint_slice.ts";

/** From where traffic is to come to an endpoint, as the service wants it distributed; only ready ones have hints. */
export function withHints(service: Service, endpoint: Endpoint): Endpoint {
  const { trafficDistribution } = service.spec ?? {};
  const { zone, nodeName, conditions } = endpoint;
  if (!trafficDistribution || conditions?.ready !== true) return endpoint;
  const forZones = zone ? [{ name: zone }] : undefined;
  const forNodes = trafficDistribution === "PreferSameNode" && nodeName ? [{ name: nodeName }] : undefined;
  if (!forZones && !forNodes) return endpoint;
  return { ...endpoint, hints: { ...(forZones && { forZones }), ...(forNodes && { forNodes }) } };
}
