import type { Taint } from "../../../gen/typernetes/core/v1/node.ts";
import type { Toleration } from "../../../gen/typernetes/core/v1/reference.ts";

/** Whether a toleration answers a taint. */
export function tolerates(toleration: Toleration, taint: Taint): boolean {
  if (toleration.effect && toleration.effect !== taint.effect) return false;
  if (toleration.key && toleration.key !== taint.key) return false;
  if (toleration.operator === "Exists") return true;
  return (toleration.key ?? "") !== "" && (toleration.value ?? "") === (taint.value ?? "");
}
