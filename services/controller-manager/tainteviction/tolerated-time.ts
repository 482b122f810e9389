import type { Node, Taint } from "../../../gen/typernetes/core/v1/node.ts";
import type { Toleration } from "../../../gen/typernetes/core/v1/reference.ts";
import { tolerates } from "../pods/tolerations.ts";

/** The taints that drive pods away. */
export function noExecuteTaints(node: Node): Taint[] {
  return node.spec?.taints?.filter((taint) => taint.effect === "NoExecute") ?? [];
}

/** How long a pod may stay: infinitely, or the shortest time that its tolerations name; 0 when a taint has none. */
export function toleratedMs(tolerations: readonly Toleration[], taints: readonly Taint[]): number {
  let shortest = Number.POSITIVE_INFINITY;
  for (const taint of taints) {
    // The first that fits counts, as in Kubernetes.
    const toleration = tolerations.find((each) => tolerates(each, taint));
    if (!toleration) return 0;
    const { tolerationSeconds = Number.POSITIVE_INFINITY } = toleration;
    shortest = Math.min(shortest, Math.max(0, tolerationSeconds) * 1000);
  }
  return shortest;
}
