import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";

const lengthMax = 63;

/** The name that a pod has for itself: at most 63 characters. */
export function hostnameOf(pod: Pod): string {
  const name = pod.spec?.hostname || pod.metadata?.name || "";
  return name.slice(0, lengthMax).replace(/[-.]+$/, "");
}
