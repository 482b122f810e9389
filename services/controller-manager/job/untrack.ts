import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import { isStatusError } from "../../../lib/base/status-error.ts";
import type { ControllerContext } from "../../../lib/controller/controller.ts";
import { hasFinalizer, trackingFinalizer, uidOf } from "./job-sync.ts";

/** Lets a pod go: it is counted, or does not count. `untracking` knows of it until the cache does. @throws StatusError */
export async function untrack({ client }: ControllerContext, pod: Pod, untracking: Set<string>): Promise<void> {
  if (!hasFinalizer(pod)) return;
  const { namespace, name = "", uid } = pod.metadata ?? {};
  const patch = { metadata: { uid, "$deleteFromPrimitiveList/finalizers": [trackingFinalizer] } };
  untracking.add(uidOf(pod));
  try {
    await client.core.v1.pods.patch(name, patch, { namespace });
  } catch (error) {
    // Gone, perhaps with another in its place.
    if (isStatusError(error, "NotFound", "Conflict", "Invalid")) return;
    untracking.delete(uidOf(pod));
    throw error;
  }
}
