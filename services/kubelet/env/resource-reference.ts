import { availableParallelism, totalmem } from "node:os";
import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import type { ResourceFieldSelector } from "../../../gen/typernetes/core/v1/volume_source.ts";
import { quantityMilliValue } from "../../../lib/base/quantity.ts";
import { ConfigError } from "./config-error.ts";

/** The value of a container's resource, in units of the divisor, rounded up. A missing limit is the node's whole. */
export function resourceValue(pod: Pod, ownContainer: string, selector: ResourceFieldSelector): string {
  const name = selector.containerName ?? ownContainer;
  const container = [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])].find(
    (candidate) => candidate.name === name,
  );
  if (!container) throw new ConfigError(`container "${name}" not found`);
  const [kind, resource = ""] = (selector.resource ?? "").split(/\.(.*)/s);
  if (kind !== "limits" && kind !== "requests")
    throw new ConfigError(`unsupported container resource : "${selector.resource}"`);
  const quantity = container.resources?.[kind]?.[resource];
  const milli = quantity === undefined ? wholeNodeMilli(kind, resource) : quantityMilliValue(quantity);
  const divisor = selector.divisor && selector.divisor !== "0" ? quantityMilliValue(selector.divisor) : 1000;
  return String(Math.ceil(milli / divisor));
}

function wholeNodeMilli(kind: string, resource: string): number {
  if (kind === "requests") return 0;
  if (resource === "cpu") return availableParallelism() * 1000;
  return resource === "memory" ? totalmem() * 1000 : 0;
}
