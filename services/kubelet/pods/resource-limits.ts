import type { Pod, ResourceRequirements } from "../../../gen/typernetes/core/v1/pod.ts";
import { quantityMilliValue, quantityValue } from "../../../lib/base/quantity.ts";
import type { ResourceLimits } from "../runtimes/runtime.ts";

const sharesPerCore = 1024;
const minShares = 2;

/** Limits of one container, as its resources say; a limit of zero is none. */
export function containerLimits(resources: ResourceRequirements | undefined): ResourceLimits {
  const { limits = {}, requests = {} } = resources ?? {};
  const cpuRequestMilli = quantityMilliValue(requests["cpu"] ?? limits["cpu"] ?? "0");
  return {
    cpuShares: Math.max(minShares, Math.floor((cpuRequestMilli * sharesPerCore) / 1000)),
    cpuLimit: quantityMilliValue(limits["cpu"] ?? "0") / 1000 || undefined,
    memoryLimitBytes: quantityValue(limits["memory"] ?? "0") || undefined,
  };
}

/** Limits over a whole pod: sums, where every container has a limit. Init containers run alone: a larger one counts. */
export function podLimits(pod: Pod): ResourceLimits {
  const limitsOf = (containers: { resources?: ResourceRequirements | undefined }[] | undefined) =>
    (containers ?? []).map(({ resources }) => containerLimits(resources));
  const regular = limitsOf(pod.spec?.containers);
  const inits = limitsOf(pod.spec?.initContainers);
  const over = (pick: (limits: ResourceLimits) => number | undefined): number | undefined => {
    const sizes = regular.map(pick);
    const initSizes = inits.map(pick);
    if ([...sizes, ...initSizes].includes(undefined)) return undefined;
    const total = sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0);
    return Math.max(total, ...initSizes.map((size) => size ?? 0));
  };
  return {
    cpuShares: over(({ cpuShares }) => cpuShares),
    cpuLimit: over(({ cpuLimit }) => cpuLimit),
    memoryLimitBytes: over(({ memoryLimitBytes }) => memoryLimitBytes),
  };
}
