import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import { diskBytesOf, inodesOf, memoryOf, type PodUsage, processesOf, requestOf } from "./pod-usage.ts";
import type { StarvedResource } from "./signals.ts";

type Order = (left: PodUsage, right: PodUsage) => number;

/** The pods in the order in which they go: those above what they asked for, the less important, those that take the most. */
export function rankForEviction<T extends PodUsage>(pods: readonly T[], resource: StarvedResource): T[] {
  const orders = ordersFor[resource];
  return pods.toSorted((left, right) => {
    for (const order of orders) {
      const result = order(left, right);
      if (result !== 0) return result;
    }
    return 0;
  });
}

const byPriority: Order = (left, right) => priorityOf(left.pod) - priorityOf(right.pod);

const ordersFor: Readonly<Record<StarvedResource, readonly Order[]>> = {
  memory: excessFirst(memoryOf, "memory", byPriority),
  "ephemeral-storage": excessFirst(diskBytesOf, "ephemeral-storage", byPriority),
  inodes: [byPriority, mostFirst(inodesOf)],
  pids: [byPriority, mostFirst(processesOf)],
};

/** Whoever is above what it asked for goes before who is not, however important; how far counts last. */
function excessFirst(usage: (pod: PodUsage) => number, resource: string, importance: Order): Order[] {
  const excess = (pod: PodUsage) => usage(pod) - requestOf(pod.pod, resource);
  const isAbove = (pod: PodUsage) => (excess(pod) > 0 ? 1 : 0);
  return [mostFirst(isAbove), importance, mostFirst(excess)];
}

function mostFirst(amount: (pod: PodUsage) => number): Order {
  return (left, right) => amount(right) - amount(left);
}

function priorityOf({ spec }: Pod): number {
  return spec?.priority ?? 0;
}
