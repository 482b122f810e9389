import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import { podRequests, type ResourceAmounts } from "../../../lib/resources/pod/pod-requests.ts";
import { computeQosClass } from "../../../lib/resources/pod/qos-class.ts";
import { isCriticalPod } from "../eviction/critical-pods.ts";

/** What `maxPods` counts: each pod takes one. */
export const podSlots = "pods";

/** What a pod takes of its node, its place among the node's pods included. */
export function takenBy(pod: Pod): ResourceAmounts {
  return { ...podRequests(pod), [podSlots]: 1 };
}

/**
 * The pods that have to go so that a critical pod finds what it is `missing`: as few of the guaranteed as possible, then of
 * the burstable, then of the others. Undefined when not even all less important ones would do.
 */
export function victimsFor(critical: Pod, pods: readonly Pod[], missing: ResourceAmounts): Pod[] | undefined {
  const below = pods.filter((pod) => isLessImportant(pod, critical));
  const [others, burstable, guaranteed] = ["BestEffort", "Burstable", "Guaranteed"].map((qos) =>
    below.filter((pod) => computeQosClass(pod) === qos),
  ) as [Pod[], Pod[], Pod[]];
  if (Object.keys(less(missing, below)).length > 0) return undefined;
  const first = nearest(guaranteed, less(missing, [...others, ...burstable]));
  const second = nearest(burstable, less(missing, [...others, ...first]));
  return [...nearest(others, less(missing, [...second, ...first])), ...second, ...first];
}

function isLessImportant(pod: Pod, critical: Pod): boolean {
  if (isCriticalPod(critical) && !isCriticalPod(pod)) return true;
  return (pod.spec?.priority ?? 0) < (critical.spec?.priority ?? 0);
}

/** What is still missing when these have gone; nothing that is not. */
function less(missing: ResourceAmounts, pods: readonly Pod[]): ResourceAmounts {
  const freed = pods.map(takenBy);
  const left = Object.entries(missing).map(([name, amount]): [string, number] => {
    return [name, freed.reduce((sum, each) => sum - (each[name] ?? 0), amount)];
  });
  return Object.fromEntries(left.filter(([, amount]) => amount > 0));
}

/** Those of the pods that come nearest to what is missing, one after the other; of equal ones the smaller. */
function nearest(pods: readonly Pod[], missing: ResourceAmounts): Pod[] {
  const chosen: Pod[] = [];
  let left = missing;
  while (Object.keys(left).length > 0) {
    const [next] = pods
      .filter((pod) => !chosen.includes(pod))
      .toSorted((one, two) => distance(one, left) - distance(two, left) || bySize(one, two));
    if (!next) return chosen;
    chosen.push(next);
    left = less(left, [next]);
  }
  return chosen;
}

/** How much of what is missing a pod does not have, as the sum of the squares of its parts. */
function distance(pod: Pod, missing: ResourceAmounts): number {
  const has = takenBy(pod);
  return Object.entries(missing).reduce((sum, [name, amount]) => {
    return sum + (Math.max(amount - (has[name] ?? 0), 0) / amount) ** 2;
  }, 0);
}

function bySize(one: Pod, two: Pod): number {
  const [left, right] = [takenBy(one), takenBy(two)];
  return (left["memory"] ?? 0) - (right["memory"] ?? 0) || (left["cpu"] ?? 0) - (right["cpu"] ?? 0);
}
