import type { Service } from "../../../gen/typernetes/core/v1/service.ts";
import type { LabelSelector } from "../../../gen/typernetes/meta/v1/selector.ts";
import { isRecord } from "../../../lib/api/records.ts";
import type { ApiObject, ResourceInfo } from "../../../lib/api/resource-info.ts";
import { CliError } from "../cli-error.ts";
import { podTemplateOf } from "./workloads.ts";

const exposable = ["Pod", "Service", "ReplicationController", "Deployment", "ReplicaSet"];

/** The labels of the pods behind an object. @throws CliError for what has no such pods */
export function exposedSelector(info: ResourceInfo, object: ApiObject): Record<string, string> {
  if (!exposable.includes(info.kind)) throw new CliError(`cannot expose a ${nameOfKind(info)}`);
  const selector = info.kind === "Pod" ? object.metadata?.labels : plainSelector(info, object);
  if (!selector || Object.keys(selector).length === 0)
    throw new CliError(
      info.kind === "Pod"
        ? "couldn't retrieve selectors via --selector flag or introspection: the pod has no labels and cannot be exposed"
        : "couldn't retrieve selectors via --selector flag or introspection: invalid service: no selectors, therefore cannot be exposed",
    );
  return selector;
}

function plainSelector({ kind }: ResourceInfo, object: ApiObject): Record<string, string> | undefined {
  const spec = "spec" in object && isRecord(object.spec) ? object.spec : {};
  // The contract of the kind says which of the two it is.
  if (kind === "Service" || kind === "ReplicationController") return spec["selector"] as Record<string, string>;
  const { matchLabels, matchExpressions = [] } = (spec["selector"] ?? {}) as LabelSelector;
  if (matchExpressions.length > 0)
    throw new CliError(
      "couldn't retrieve selectors via --selector flag or introspection: couldn't convert expressions to map-based selector format",
    );
  return matchLabels;
}

/** The ports that the object serves. */
export function exposedPorts(info: ResourceInfo, object: ApiObject): { port: number; protocol: string }[] {
  if (info.kind === "Service") {
    const service: Service = object;
    return (service.spec?.ports ?? []).map(({ port = 0, protocol }) => ({ port, protocol: protocol || "TCP" }));
  }
  const containers = podTemplateOf(info, object)?.template.spec?.containers ?? [];
  return containers.flatMap(({ ports = [] }) =>
    ports.map(({ containerPort = 0, protocol }) => ({ port: containerPort, protocol: protocol || "TCP" })),
  );
}

function nameOfKind({ kind, group }: ResourceInfo): string {
  return group ? `${kind}.${group}` : kind;
}
