import type { APIServiceSpec } from "../../../gen/typernetes/apiregistration/v1/api_service.ts";
import type { Service } from "../../../gen/typernetes/core/v1/service.ts";
import type { EndpointSlice } from "../../../gen/typernetes/discovery/v1/endpoint_slice.ts";
import type { ApiObject } from "../../../lib/resources/strategy.ts";
import type { Core } from "../core.ts";
import { storeKey } from "../resource-info.ts";

/** Where a service can be reached from here. */
export interface Target {
  readonly host: string;
  readonly port: number;
}

/** Why a service cannot be reached, as a condition says it. */
export interface Unreachable {
  readonly reason: "ServiceNotFound" | "ServicePortError" | "EndpointsNotFound" | "MissingEndpoints";
  readonly message: string;
}

export type Reach = { readonly targets: readonly Target[] } | { readonly fault: Unreachable };

/** The ready endpoints of the service that serves a part of the API. */
export function reachService(
  core: Pick<Core, "cache" | "resource">,
  { namespace = "", name = "", port = 443 }: NonNullable<APIServiceSpec["service"]>,
): Reach {
  const services = core.resource("", "services");
  const cache = core.cache.cacheOf(services);
  const entry = cache.get(storeKey(services, namespace, name));
  const where = `service/${name} in ${JSON.stringify(namespace)}`;
  if (!entry) return { fault: { reason: "ServiceNotFound", message: `${where} is not present` } };
  const { spec }: ApiObject & Service = cache.decode(entry);
  if (spec?.type === "ExternalName") return { targets: [{ host: spec.externalName ?? "", port }] };
  const wanted = spec?.ports?.find((candidate) => candidate.port === port);
  if (!wanted) return { fault: { reason: "ServicePortError", message: `${where} is not listening on port ${port}` } };
  const slices = slicesOf(core, namespace, name);
  if (slices.length === 0)
    return { fault: { reason: "EndpointsNotFound", message: `cannot find endpointslices for ${where}` } };
  const targets = slices.flatMap((slice) => targetsOf(slice, wanted.name ?? ""));
  if (targets.length > 0) return { targets };
  const message = `endpointslices for ${where} have no addresses with port name ${JSON.stringify(wanted.name ?? "")}`;
  return { fault: { reason: "MissingEndpoints", message } };
}

function slicesOf({ cache, resource }: Pick<Core, "cache" | "resource">, namespace: string, service: string) {
  const slices = cache.cacheOf(resource("discovery.k8s.io", "endpointslices"));
  return slices
    .snapshot(namespace)
    .filter((entry) => slices.indexOf(entry).labels["kubernetes.io/service-name"] === service)
    .map((entry): ApiObject & EndpointSlice => slices.decode(entry));
}

function targetsOf({ ports, endpoints = [] }: EndpointSlice, portName: string): Target[] {
  const port = ports?.find((candidate) => (candidate.name ?? "") === portName)?.port;
  if (port === undefined) return [];
  return endpoints
    .filter(({ conditions }) => conditions?.ready !== false)
    .flatMap(({ addresses = [] }) => addresses.slice(0, 1).map((host) => ({ host, port })));
}
