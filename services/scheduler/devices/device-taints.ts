import type { DeviceToleration } from "../../../gen/typernetes/resource/v1/resource_claim.ts";
import type { Device, DeviceTaint } from "../../../gen/typernetes/resource/v1/resource_slice.ts";

/** Whether a device has no taint that the tolerations of a request do not bear. */
export function bearsTaints({ taints = [] }: Device, tolerations: readonly DeviceToleration[] = []): boolean {
  return taints.every((taint) => {
    if (taint.effect !== "NoSchedule" && taint.effect !== "NoExecute") return true;
    return tolerations.some((toleration) => bears(toleration, taint));
  });
}

function bears(
  { key = "", operator = "Equal", value = "", effect = "" }: DeviceToleration,
  taint: DeviceTaint,
): boolean {
  if (effect !== "" && effect !== taint.effect) return false;
  if (key !== "" && key !== taint.key) return false;
  return operator === "Exists" || (key !== "" && value === (taint.value ?? ""));
}
