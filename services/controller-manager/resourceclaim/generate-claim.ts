import type { Pod, PodResourceClaim } from "../../../gen/typernetes/core/v1/pod.ts";
import type { ResourceClaim } from "../../../gen/typernetes/resource/v1/resource_claim.ts";
import type { ResourceClaimTemplate } from "../../../gen/typernetes/resource/v1/resource_claim_template.ts";
import { controllerReference } from "../../../lib/controller/controller-ref.ts";
import { podClaimAnnotation } from "./pod-claims.ts";

/** Leaves room for a random end in a name of 63 characters. */
const baseLengthMax = 57;

/** The claim that a template asks for in a pod's stead. */
export function generatedClaim(pod: Pod, podClaim: PodResourceClaim, { spec }: ResourceClaimTemplate): ResourceClaim {
  const { labels, annotations } = spec?.metadata ?? {};
  return {
    metadata: {
      namespace: pod.metadata?.namespace,
      generateName: baseName(pod.metadata?.name ?? "", podClaim.name ?? ""),
      labels,
      annotations: { ...annotations, [podClaimAnnotation]: podClaim.name ?? "" },
      ownerReferences: [controllerReference(pod, { apiVersion: "v1", kind: "Pod" })],
    },
    spec: spec?.spec,
  };
}

/** Of both names something is left when they are too long together. */
function baseName(pod: string, claim: string): string {
  const whole = `${pod}-${claim}-`;
  if (whole.length <= baseLengthMax) return whole;
  const part = (name: string) => name.slice(0, Math.floor((name.length * baseLengthMax) / whole.length));
  return `${part(pod)}-${part(claim)}`;
}
