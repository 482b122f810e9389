import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import type { ControllerContext } from "../../../lib/controller/controller.ts";
import { controllerReference, type OwnerKind } from "../../../lib/controller/controller-ref.ts";
import type { Expectations } from "../../../lib/controller/expectations.ts";
import { inDeletionOrder } from "../pods/deletion-order.ts";
import { changePods } from "../pods/owned-pods.ts";
import { podFromTemplate } from "../pods/pod-from-template.ts";
import type { ReplicaOwner } from "./replica-owner.ts";

/** No more pods are created or deleted in one go, as in Kubernetes. */
const burst = 500;

/** An owner in need of pods, or with too many. */
export interface OwnerPods {
  owner: ReplicaOwner;
  ownerKind: OwnerKind;
  /** Pods that neither ended nor end. */
  active: readonly Pod[];
  /** Active pods of all owners that have the same owner themselves. */
  related: readonly Pod[];
}

/** Creates what is missing or deletes what is too much. Answers the first failure, after all has been tried. */
export async function manageReplicas(
  context: ControllerContext,
  expectations: Expectations,
  { owner, ownerKind, active, related }: OwnerPods,
): Promise<unknown> {
  const missing = (owner.spec?.replicas ?? 1) - active.length;
  if (missing === 0) return undefined;
  if (missing < 0) {
    const doomed = inDeletionOrder(active, related, context.clock.now()).slice(0, Math.min(-missing, burst));
    return changePods(context, expectations, owner, { remove: doomed });
  }
  const { namespace = "", name = "" } = owner.metadata ?? {};
  const reference = controllerReference(owner, ownerKind);
  const pod = podFromTemplate(owner.spec?.template ?? {}, { namespace, name, reference });
  return changePods(context, expectations, owner, { create: new Array(Math.min(missing, burst)).fill(pod) });
}
