import type { Pod, PodCondition } from "../../../gen/typernetes/core/v1/pod.ts";
import { rfc3339 } from "../../../lib/base/rfc3339.ts";
import type { ControllerContext } from "../../../lib/controller/controller.ts";

/** Why a pod is deleted by the system, as its condition says. */
export interface Disruption {
  reason: string;
  message: string;
}

/** The condition DisruptionTarget, by which owners tell that a pod did not end by itself. */
export function disruptionTarget({ reason, message }: Disruption, nowMs: number): PodCondition {
  return { type: "DisruptionTarget", status: "True", reason, message, lastTransitionTime: rfc3339(nowMs) };
}

/** Changes a pod's status, in that pod alone, and not in another that took its name. @throws StatusError `NotFound`, `Conflict` */
export async function patchPodStatus(context: ControllerContext, pod: Pod, status: object): Promise<void> {
  const { namespace, name = "", uid } = pod.metadata ?? {};
  await context.client.core.v1.pods.patch(name, { metadata: { uid }, status }, { namespace, subresource: "status" });
}
