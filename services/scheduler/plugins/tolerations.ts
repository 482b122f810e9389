import type { Taint } from "../../../gen/typernetes/core/v1/node.ts";
import type { Toleration } from "../../../gen/typernetes/core/v1/reference.ts";

/** Whether a toleration answers a taint. */
export function tolerates(toleration: Toleration, taint: Taint): boolean {
  if (toleration.effect && toleration.effect !== taint.effect) return false;
  if (toleration.key && toleration.key !== taint.key) return false;
  if (toleration.operator === "Exists") return true;
  return (toleration.key ?? "") !== "" && (toleration.value ?? "") === (taint.value ?? "");
}

/** The first taint that keeps pods away and that nothing answers. */
export function untolerated(taints: readonly Taint[], tolerations: readonly Toleration[]): Taint | undefined {
  return taints.find(
    (taint) =>
      (taint.effect === "NoSchedule" || taint.effect === "NoExecute") &&
      !tolerations.some((toleration) => tolerates(toleration, taint)),
  );
}
