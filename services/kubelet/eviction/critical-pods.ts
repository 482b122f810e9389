import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import { mirrorAnnotation } from "../static/read-manifests.ts";

/** The least priority of what the cluster cannot do without. */
export const systemCriticalPriority = 2_000_000_000;

/** Whether the node, or the cluster, cannot do without a pod. */
export function isCriticalPod({ metadata, spec }: Pod): boolean {
  return metadata?.annotations?.[mirrorAnnotation] !== undefined || (spec?.priority ?? 0) >= systemCriticalPriority;
}
