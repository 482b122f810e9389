import type { Pod, PodResourceClaim } from "../../../gen/typernetes/core/v1/pod.ts";
import type { ResourceClaim } from "../../../gen/typernetes/resource/v1/resource_claim.ts";
import { isPodFinished } from "../pods/pod-state.ts";

/** Names the pod's claim that a generated ResourceClaim is for. */
export const podClaimAnnotation = "resource.kubernetes.io/pod-claim-name";

/**
 * The name of the ResourceClaim behind a claim of a pod: undefined while it is still to be made, null when it turned out not to
 * be needed.
 */
export function claimNameOf({ status }: Pod, claim: PodResourceClaim): string | null | undefined {
  if (claim.resourceClaimName) return claim.resourceClaimName;
  const made = status?.resourceClaimStatuses?.find(({ name }) => name === claim.name);
  return made && (made.resourceClaimName ?? null);
}

/** The keys of the ResourceClaims that a pod uses, as far as they are made. */
export function claimKeysOf(pod: Pod): string[] {
  return (pod.spec?.resourceClaims ?? []).flatMap((claim) => {
    const name = claimNameOf(pod, claim);
    return name ? [`${pod.metadata?.namespace}/${name}`] : [];
  });
}

/** Whether it is certain that no container of a pod runs, or ever will. */
export function isPodDone(pod: Pod): boolean {
  return isPodFinished(pod) || (pod.metadata?.deletionTimestamp !== undefined && !pod.spec?.nodeName);
}

/** The pod that a claim was made for. */
export function owningPod({ metadata }: ResourceClaim): { name: string; uid: string } | undefined {
  const owner = metadata?.ownerReferences?.find(
    ({ controller, apiVersion, kind }) => controller && apiVersion === "v1" && kind === "Pod",
  );
  return owner && { name: owner.name ?? "", uid: owner.uid ?? "" };
}
