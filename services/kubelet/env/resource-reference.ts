import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import type { ResourceFieldSelector } from "../../../gen/typernetes/core/v1/volume_source.ts";
import { quantityMilliValue } from "../../../lib/base/quantity.ts";
import { allocatable } from "../node/allocatable.ts";
import { nodeCapacity } from "../node/node-info.ts";
import type { NodeContext } from "../pods/node-context.ts";
import { ConfigError } from "./config-error.ts";

/** What pods can have of a node, by resource. */
export type WholeNode = Readonly<Record<string, string>>;

/** What pods can have of this node. */
export async function wholeNode({ options }: Pick<NodeContext, "options">): Promise<WholeNode> {
  const { stateDir, configuration } = options;
  return allocatable(await nodeCapacity(stateDir, configuration.maxPods), configuration);
}

/** The value of a container's resource, in units of the divisor, rounded up. A missing limit is the node's whole. */
export function resourceValue(
  pod: Pod,
  ownContainer: string,
  selector: ResourceFieldSelector,
  whole: WholeNode,
): string {
  const name = selector.containerName ?? ownContainer;
  const container = [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])].find(
    (candidate) => candidate.name === name,
  );
  if (!container) throw new ConfigError(`container "${name}" not found`);
  const [kind, resource = ""] = (selector.resource ?? "").split(/\.(.*)/s);
  if (kind !== "limits" && kind !== "requests")
    throw new ConfigError(`unsupported container resource : "${selector.resource}"`);
  const quantity = container.resources?.[kind]?.[resource];
  const milli = quantity === undefined ? missingMilli(kind, resource, whole) : quantityMilliValue(quantity);
  const divisor = selector.divisor && selector.divisor !== "0" ? quantityMilliValue(selector.divisor) : 1000;
  return String(Math.ceil(milli / divisor));
}

const limitedByNode = new Set(["cpu", "memory", "ephemeral-storage"]);

function missingMilli(kind: string, resource: string, whole: WholeNode): number {
  return kind === "limits" && limitedByNode.has(resource) ? quantityMilliValue(whole[resource] ?? "0") : 0;
}
