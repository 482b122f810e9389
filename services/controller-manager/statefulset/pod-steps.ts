import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import { isStatusError } from "../../../lib/base/status-error.ts";
import { isControlledBy } from "../../../lib/controller/controller-ref.ts";
import { isNamespaceTerminating, messageOf } from "../failures.ts";
import { createMissingClaims } from "./claims.ts";
import { ordinalRange, statefulPod } from "./identity.ts";
import type { SetSync } from "./set-sync.ts";

/** Creates the pod of an ordinal and the claims that it lacks. @throws StatusError */
export async function createPod(sync: SetSync, ordinal: number): Promise<void> {
  const { context, set, current, update } = sync;
  const revision = keepsCurrent(sync, ordinal) ? current : update;
  const pod = statefulPod(set, revision.template, revision.name, ordinal);
  await createMissingClaims(sync, ordinal);
  try {
    await context.client.core.v1.pods.create(pod);
    tell(sync, pod, "create");
  } catch (error) {
    if (isStatusError(error, "AlreadyExists") && (await isOwnPod(sync, pod))) return;
    if (!isNamespaceTerminating(error) && !isStatusError(error, "AlreadyExists")) tell(sync, pod, "create", error);
    throw error;
  }
}

/** Deletes a pod in its own time; one that has gone already is left alone. @throws StatusError */
export async function deletePod(sync: SetSync, pod: Pod): Promise<void> {
  const { namespace, name = "", uid } = pod.metadata ?? {};
  try {
    await sync.context.client.core.v1.pods.delete(name, { namespace, preconditions: { uid } });
    tell(sync, pod, "delete");
  } catch (error) {
    if (isStatusError(error, "NotFound", "Conflict")) return;
    tell(sync, pod, "delete", error);
    throw error;
  }
}

/** Writes a pod whose identity was put right. @throws StatusError */
export async function updatePod(sync: SetSync, pod: Pod): Promise<void> {
  try {
    await sync.context.client.core.v1.pods.update(pod);
    tell(sync, pod, "update");
  } catch (error) {
    if (!isStatusError(error, "Conflict")) tell(sync, pod, "update", error);
    throw error;
  }
}

/** Whether a new pod of this ordinal is of the old template: below the partition. */
function keepsCurrent({ set }: SetSync, ordinal: number): boolean {
  const { type, rollingUpdate } = set.spec?.updateStrategy ?? {};
  return type === "RollingUpdate" && ordinal < ordinalRange(set).first + (rollingUpdate?.partition ?? 0);
}

/** Whether the pod that has the name is the set's own: the cache does not show it yet. */
async function isOwnPod({ context, set }: SetSync, { metadata }: Pod): Promise<boolean> {
  try {
    const taken = await context.client.core.v1.pods.get(metadata?.name ?? "", { namespace: metadata?.namespace });
    return isControlledBy(taken, set);
  } catch (error) {
    if (isStatusError(error, "NotFound")) return false;
    throw error;
  }
}

const reasons = { create: "Create", delete: "Delete", update: "Update" } as const;

function tell({ context, set }: SetSync, pod: Pod, verb: keyof typeof reasons, error?: unknown): void {
  const what = `${verb} Pod ${pod.metadata?.name} in StatefulSet ${set.metadata?.name}`;
  if (error === undefined) context.recorder.event(set, "Normal", `Successful${reasons[verb]}`, `${what} successful`);
  else context.recorder.event(set, "Warning", `Failed${reasons[verb]}`, `${what} failed error: ${messageOf(error)}`);
}
