import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import { objectKey } from "../../../lib/client/informer.ts";
import type { KubernetesObject } from "../../../lib/client/resource-client.ts";
import type { ControllerContext } from "../../../lib/controller/controller.ts";
import type { Expectations } from "../../../lib/controller/expectations.ts";
import { isNamespaceTerminating } from "../failures.ts";
import { createOwnedPod, deleteOwnedPod } from "./pod-control.ts";
import { slowStart } from "./slow-start.ts";

/** Pods to be made and pods to go. */
export interface PodChanges {
  create?: readonly Pod[];
  remove?: readonly Pod[];
}

/**
 * Creates and deletes pods of an owner, all of them expected; creates in growing batches. Answers the first failure, after
 * all has been tried.
 */
export async function changePods(
  context: ControllerContext,
  expectations: Expectations,
  owner: KubernetesObject,
  { create = [], remove = [] }: PodChanges,
): Promise<unknown> {
  const key = objectKey(owner);
  const uids = remove.map((pod) => pod.metadata?.uid ?? "");
  expectations.expect(key, create.length, uids);
  const { succeeded, error } = await slowStart(create.length, async (index) => {
    const pod = create[index];
    if (pod) await createOwnedPod(context, owner, pod);
  });
  for (let skipped = succeeded; skipped < create.length; skipped++) expectations.creationObserved(key);
  const failure = await deletePods(context, expectations, owner, remove);
  return (isNamespaceTerminating(error) ? undefined : error) ?? failure;
}

async function deletePods(
  context: ControllerContext,
  expectations: Expectations,
  owner: KubernetesObject,
  pods: readonly Pod[],
): Promise<unknown> {
  const deletions = pods.map(async (pod) => {
    let isGoing = false;
    try {
      isGoing = (await deleteOwnedPod(context, owner, pod)) === "deleted";
    } finally {
      if (!isGoing) expectations.deletionObserved(objectKey(owner), pod.metadata?.uid ?? "");
    }
  });
  const results = await Promise.allSettled(deletions);
  return results.find((result) => result.status === "rejected")?.reason;
}
