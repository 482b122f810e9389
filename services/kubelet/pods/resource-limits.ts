import type { Pod, ResourceRequirements } from "../../../gen/typernetes/core/v1/pod.ts";
import { quantityMilliValue, quantityValue } from "../../../lib/base/quantity.ts";
import type { ResourceLimits } from "../runtimes/runtime.ts";

const sharesPerCore = 1024;
const minShares = 2;

/** Limits of one container, as its resources say. */
export function containerLimits(resources: ResourceRequirements | undefined): ResourceLimits {
  const { limits = {}, requests = {} } = resources ?? {};
  const cpuRequest = requests["cpu"] ?? limits["cpu"];
  return {
    cpuShares:
      cpuRequest === undefined
        ? minShares
        : Math.max(minShares, Math.floor((quantityMilliValue(cpuRequest) * sharesPerCore) / 1000)),
    cpuLimit: limits["cpu"] === undefined ? undefined : quantityMilliValue(limits["cpu"]) / 1000,
    memoryLimitBytes: limits["memory"] === undefined ? undefined : quantityValue(limits["memory"]),
  };
}

/** Limits over a whole pod: sums, where every container has a limit. */
export function podLimits(pod: Pod): ResourceLimits {
  const each = (pod.spec?.containers ?? []).map((container) => containerLimits(container.resources));
  const sum = (pick: (limits: ResourceLimits) => number | undefined) =>
    each.every((limits) => pick(limits) !== undefined)
      ? each.reduce((total, limits) => total + (pick(limits) ?? 0), 0)
      : undefined;
  return {
    cpuShares: sum((limits) => limits.cpuShares),
    cpuLimit: sum((limits) => limits.cpuLimit),
    memoryLimitBytes: podMemory(
      pod,
      sum((limits) => limits.memoryLimitBytes),
    ),
  };
}

/** Init containers run alone: a larger one sets the pod's bound. */
function podMemory(pod: Pod, total: number | undefined): number | undefined {
  if (total === undefined) return undefined;
  const inits = (pod.spec?.initContainers ?? []).map(
    (container) => containerLimits(container.resources).memoryLimitBytes,
  );
  return inits.includes(undefined) ? undefined : Math.max(total, ...inits.map((bytes) => bytes ?? 0));
}
