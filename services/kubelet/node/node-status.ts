import type { NodeStatus } from "../../../gen/typernetes/core/v1/node.ts";
import type { PressureCondition } from "../eviction/signals.ts";
import type { NodeContext } from "../pods/node-context.ts";
import type { Image } from "../runtimes/runtime.ts";
import { allocatable } from "./allocatable.ts";
import { nodeConditions } from "./node-conditions.ts";
import { nodeCapacity, nodeInfo } from "./node-info.ts";

/** As many images a node names, the largest; as in Kubernetes. */
const imagesMax = 50;

/** What the kubelet itself knows of how its node is. */
export interface NodeHealth {
  readonly pressures: readonly PressureCondition[];
  /** Why the node takes no pods, besides what the runtime says. */
  readonly problem: string | undefined;
}

/** What a node says of itself; `before` is what the server has, of which the parts of others stay. */
export async function nodeStatus(
  context: NodeContext,
  before: NodeStatus | undefined,
  health: NodeHealth,
): Promise<NodeStatus> {
  const { runtime, options, clock, devices } = context;
  const [problem, capacity, info, images] = await Promise.all([
    runtime.problem(),
    nodeCapacity(options.stateDir, options.configuration.maxPods),
    nodeInfo(runtime, before?.nodeInfo),
    runtime.listImages().then(imagesOf, () => before?.images),
  ]);
  const known = before?.conditions ?? [];
  const own = nodeConditions(known, health.pressures, health.problem ?? problem, clock.now());
  const others = known.filter((condition) => !own.some(({ type }) => type === condition.type));
  const extended = extendedResources(before?.capacity);
  const ofPlugins = devices.resources;
  return {
    ...before,
    capacity: { ...extended, ...ofPlugins.capacity, ...capacity },
    // Nothing of a device is kept back: what there is can be had, also where only the capacity was written.
    allocatable: { ...extended, ...ofPlugins.allocatable, ...allocatable(capacity, options.configuration) },
    conditions: [...others, ...own],
    addresses: [
      { type: "InternalIP", address: options.place.internalIP },
      ...(options.place.ipv6?.internalIP ? [{ type: "InternalIP", address: options.place.ipv6.internalIP }] : []),
      { type: "Hostname", address: options.nodeName },
    ],
    daemonEndpoints: { kubeletEndpoint: { Port: options.port } },
    nodeInfo: info,
    // What the kubelet does itself holds for every way to run containers.
    runtimeHandlers: [
      { name: "", features: { recursiveReadOnlyMounts: true, userNamespaces: runtime.mapsUsers ?? false } },
    ],
    features: { supplementalGroupsPolicy: runtime.namesGroups ?? false },
    images,
  };
}

/** Devices and the like, which others than the kubelet count. */
function extendedResources(amounts: Readonly<Record<string, string>> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(amounts).filter(([name]) => name.includes("/")));
}

function imagesOf(images: readonly Image[]): NodeStatus["images"] {
  const named = images.map(({ digests, tags, sizeBytes }) => ({ names: [...digests, ...tags].sort(), sizeBytes }));
  const bySize = named.sort((a, b) => b.sizeBytes - a.sizeBytes || (a.names[0] ?? "").localeCompare(b.names[0] ?? ""));
  return bySize.length > 0 ? bySize.slice(0, imagesMax) : undefined;
}
