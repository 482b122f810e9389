import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import { computeQosClass } from "../../../lib/resources/pod/qos-class.ts";
import { isCriticalPod } from "./critical-pods.ts";
import type { PressureCondition } from "./signals.ts";

const memoryTaint = "node.kubernetes.io/memory-pressure";

/** Why a node under these pressures does not take a pod in; undefined when it does. */
export function pressureRefusal(pod: Pod, conditions: readonly PressureCondition[]): string | undefined {
  if (conditions.length === 0 || isCriticalPod(pod)) return undefined;
  const isMemoryAlone = conditions.every((condition) => condition === "MemoryPressure");
  // Who has asked for memory has it coming; who has not may say that it bears the pressure.
  if (isMemoryAlone && (computeQosClass(pod) !== "BestEffort" || toleratesMemoryPressure(pod))) return undefined;
  return `The node had condition: [${conditions.join(" ")}]. `;
}

function toleratesMemoryPressure({ spec }: Pod): boolean {
  return (spec?.tolerations ?? []).some(({ key, operator, value, effect }) => {
    if (effect && effect !== "NoSchedule") return false;
    if (operator === "Exists") return !key || key === memoryTaint;
    return key === memoryTaint && (value ?? "") === "";
  });
}
