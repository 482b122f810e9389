import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import { deepEqual } from "../../../lib/api/deep.ts";

/**
 * Whether a change of a pod can change where it fits, or what it takes. Of its status only what it holds, its
 * claims on devices among it.
 */
export function concernsScheduling(before: Pod, after: Pod): boolean {
  const [old, now] = [before.metadata, after.metadata];
  return (
    old?.generation !== now?.generation ||
    old?.deletionTimestamp !== now?.deletionTimestamp ||
    !deepEqual(old?.labels, now?.labels) ||
    !deepEqual(held(before), held(after))
  );
}

function held({ status }: Pod): unknown {
  const { containerStatuses = [], initContainerStatuses = [], conditions = [], resourceClaimStatuses } = status ?? {};
  const resizing = conditions.find(({ type }) => type === "PodResizePending")?.reason;
  const amounts = [...containerStatuses, ...initContainerStatuses].map(({ name, resources, allocatedResources }) =>
    resources || allocatedResources ? { name, resources: resources?.requests, allocatedResources } : undefined,
  );
  return { resizing, resourceClaimStatuses, amounts: amounts.filter((amount) => amount !== undefined) };
}
