import { resourceTypes } from "../../../gen/resources.ts";
import type { ResourceReference } from "../../../gen/typernetes/dynamic/v1/dynamic.ts";
import { type ResourceInfo, resourceInfos } from "../../../lib/api/resource-info.ts";
import { StatusError } from "../../../lib/base/status-error.ts";
import type { ServiceDefinition } from "../../../lib/grpc/method.ts";
import { badRequest } from "../errors.ts";

/** A kind with its typed service. */
export interface DynamicType {
  readonly info: ResourceInfo;
  readonly service: ServiceDefinition;
}

interface GeneratedType {
  readonly message: string;
  readonly service: ServiceDefinition;
}

const services = new Map<string, ServiceDefinition>();
for (const versions of Object.values(resourceTypes)) {
  for (const plurals of Object.values<Record<string, GeneratedType>>(versions)) {
    for (const { message, service } of Object.values(plurals)) services.set(message, service);
  }
}

/** The kind that a reference names, in its preferred version unless it names one. @throws StatusError `NotFound` */
export function findType(reference: ResourceReference | undefined): DynamicType {
  const { group = "", version, resource, kind } = reference ?? {};
  if (!resource && !kind) throw badRequest("the request names neither a resource nor a kind");
  const info = resourceInfos.find(
    (info) =>
      info.group === group &&
      (!version || info.version === version) &&
      (resource ? info.plural === resource : info.kind === kind),
  );
  const service = info && services.get(info.message);
  if (service) return { info, service };
  throw unserved(group, resource || kind || "");
}

/** Nobody serves the kind. */
export function unserved(group: string, kind: string): StatusError {
  return new StatusError("NotFound", "the server could not find the requested resource", { group, kind });
}
