import type { ReplicaSet } from "../../../gen/typernetes/apps/v1/replica_set.ts";
import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import { isStatusError } from "../../../lib/base/status-error.ts";
import { objectKey } from "../../../lib/client/informer.ts";
import type { ControllerContext } from "../../../lib/controller/controller.ts";
import { controllerReference } from "../../../lib/controller/controller-ref.ts";
import type { Expectations } from "../../../lib/controller/expectations.ts";
import { isNamespaceTerminating, messageOf } from "../failures.ts";
import { inDeletionOrder } from "../pods/deletion-order.ts";
import { podFromTemplate } from "../pods/pod-from-template.ts";
import { slowStart } from "../pods/slow-start.ts";

/** No more pods are created or deleted in one go, as in Kubernetes. */
const burst = 500;

/** The kind of the owner of pods here. */
export const replicaSetKind = { apiVersion: "apps/v1", kind: "ReplicaSet" };

/** A replica set in need of pods, or with too many. */
export interface ReplicaSetPods {
  set: ReplicaSet;
  /** Pods that neither ended nor end. */
  active: readonly Pod[];
  /** Active pods of all replica sets with the same owner. */
  related: readonly Pod[];
}

/** Creates what is missing or deletes what is too much. Answers the first failure, after all has been tried. */
export async function manageReplicas(
  context: ControllerContext,
  expectations: Expectations,
  { set, active, related }: ReplicaSetPods,
): Promise<unknown> {
  const missing = (set.spec?.replicas ?? 1) - active.length;
  if (missing > 0) return createPods(context, expectations, set, Math.min(missing, burst));
  if (missing === 0) return undefined;
  const doomed = inDeletionOrder(active, related, context.clock.now()).slice(0, Math.min(-missing, burst));
  return deletePods(context, expectations, set, doomed);
}

async function createPods(
  context: ControllerContext,
  expectations: Expectations,
  set: ReplicaSet,
  count: number,
): Promise<unknown> {
  const key = objectKey(set);
  const { namespace = "", name = "" } = set.metadata ?? {};
  const reference = controllerReference(set, replicaSetKind);
  const pod = podFromTemplate(set.spec?.template ?? {}, { namespace, name, reference });
  expectations.expectCreations(key, count);
  const { succeeded, error } = await slowStart(count, () => createPod(context, set, pod));
  for (let skipped = succeeded; skipped < count; skipped++) expectations.creationObserved(key);
  return isNamespaceTerminating(error) ? undefined : error;
}

async function createPod({ client, recorder }: ControllerContext, set: ReplicaSet, pod: Pod): Promise<void> {
  try {
    const created = await client.core.v1.pods.create(pod);
    recorder.event(set, "Normal", "SuccessfulCreate", `Created pod: ${created.metadata?.name}`);
  } catch (failure) {
    if (!isNamespaceTerminating(failure))
      recorder.event(set, "Warning", "FailedCreate", `Error creating: ${messageOf(failure)}`);
    throw failure;
  }
}

async function deletePods(
  context: ControllerContext,
  expectations: Expectations,
  set: ReplicaSet,
  pods: Pod[],
): Promise<unknown> {
  const uids = pods.map((pod) => pod.metadata?.uid ?? "");
  expectations.expectDeletions(objectKey(set), uids);
  const results = await Promise.allSettled(pods.map((pod) => deletePod(context, expectations, set, pod)));
  return results.find((result) => result.status === "rejected")?.reason;
}

async function deletePod(
  { client, recorder }: ControllerContext,
  expectations: Expectations,
  set: ReplicaSet,
  pod: Pod,
): Promise<void> {
  const { namespace, name = "", uid = "" } = pod.metadata ?? {};
  try {
    await client.core.v1.pods.delete(name, { namespace, preconditions: { uid } });
    recorder.event(set, "Normal", "SuccessfulDelete", `Deleted pod: ${name}`);
  } catch (failure) {
    expectations.deletionObserved(objectKey(set), uid);
    if (isStatusError(failure, "NotFound", "Conflict")) return;
    recorder.event(set, "Warning", "FailedDelete", `Error deleting: ${messageOf(failure)}`);
    throw failure;
  }
}
