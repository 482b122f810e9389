import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import { deepEqual } from "../../../lib/api/deep.ts";

/** Whether a change of a pod can change where it fits, or what it takes. Changes of its status cannot. */
export function concernsScheduling(before: Pod, after: Pod): boolean {
  const [old, now] = [before.metadata, after.metadata];
  return (
    old?.generation !== now?.generation ||
    old?.deletionTimestamp !== now?.deletionTimestamp ||
    !deepEqual(old?.labels, now?.labels)
  );
}
