import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";

/** Whether a pod only mirrors one that its kubelet has from a file. */
export function isStaticPod({ metadata }: Pod): boolean {
  return metadata?.annotations?.["kubernetes.io/config.mirror"] !== undefined;
}
