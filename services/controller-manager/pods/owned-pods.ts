import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import { objectKey } from "../../../lib/client/informer.ts";
import type { KubernetesObject } from "../../../lib/client/resource-client.ts";
import type { ControllerContext } from "../../../lib/controller/controller.ts";
import type { Expectations } from "../../../lib/controller/expectations.ts";
import { isNamespaceTerminating } from "../failures.ts";
import { createOwnedPod, deleteOwnedPod } from "./pod-control.ts";
import { slowStart } from "./slow-start.ts";

/** Creates these pods in growing batches, all of them expected by the owner. Answers the first failure. */
export async function createExpectedPods(
  context: ControllerContext,
  expectations: Expectations,
  owner: KubernetesObject,
  pods: readonly Pod[],
): Promise<unknown> {
  const key = objectKey(owner);
  expectations.expectCreations(key, pods.length);
  const { succeeded, error } = await slowStart(pods.length, async (index) => {
    const pod = pods[index];
    if (pod) await createOwnedPod(context, owner, pod);
  });
  for (let skipped = succeeded; skipped < pods.length; skipped++) expectations.creationObserved(key);
  return isNamespaceTerminating(error) ? undefined : error;
}

/** Deletes these pods, all of them expected by the owner. Answers the first failure, after all has been tried. */
export async function deleteExpectedPods(
  context: ControllerContext,
  expectations: Expectations,
  owner: KubernetesObject,
  pods: readonly Pod[],
): Promise<unknown> {
  const key = objectKey(owner);
  expectations.expectDeletions(
    key,
    pods.map((pod) => pod.metadata?.uid ?? ""),
  );
  const results = await Promise.allSettled(
    pods.map(async (pod) => {
      let outcome: "deleted" | "gone" | "failed" = "failed";
      try {
        outcome = await deleteOwnedPod(context, owner, pod);
      } finally {
        if (outcome !== "deleted") expectations.deletionObserved(key, pod.metadata?.uid ?? "");
      }
    }),
  );
  return results.find((result) => result.status === "rejected")?.reason;
}
