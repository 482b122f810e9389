import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import { isStatusError } from "../../../lib/base/status-error.ts";
import type { KubernetesObject } from "../../../lib/client/resource-client.ts";
import type { ControllerContext } from "../../../lib/controller/controller.ts";
import { isNamespaceTerminating, messageOf } from "../failures.ts";

/** Creates a pod and says so in an event about its owner. @throws StatusError */
export async function createOwnedPod(
  { client, recorder }: ControllerContext,
  owner: KubernetesObject,
  pod: Pod,
): Promise<void> {
  try {
    const created = await client.core.v1.pods.create(pod);
    recorder.event(owner, "Normal", "SuccessfulCreate", `Created pod: ${created.metadata?.name}`);
  } catch (failure) {
    if (!isNamespaceTerminating(failure))
      recorder.event(owner, "Warning", "FailedCreate", `Error creating: ${messageOf(failure)}`);
    throw failure;
  }
}

/** Deletes a pod and says so in an event about its owner; one that has gone already is left alone. @throws StatusError */
export async function deleteOwnedPod(
  { client, recorder }: ControllerContext,
  owner: KubernetesObject,
  pod: Pod,
): Promise<"deleted" | "gone"> {
  const { namespace, name = "", uid = "" } = pod.metadata ?? {};
  try {
    await client.core.v1.pods.delete(name, { namespace, preconditions: { uid } });
    recorder.event(owner, "Normal", "SuccessfulDelete", `Deleted pod: ${name}`);
    return "deleted";
  } catch (failure) {
    if (isStatusError(failure, "NotFound", "Conflict")) return "gone";
    recorder.event(owner, "Warning", "FailedDelete", `Error deleting: ${messageOf(failure)}`);
    throw failure;
  }
}
