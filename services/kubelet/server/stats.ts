import type { ContainerStats, ResourceUsage } from "../../../gen/typernetes/kubelet/v1/kubelet.ts";
import type { Clock } from "../../../lib/base/clock.ts";

/** The sum of what containers use. */
export function usageOf(containers: readonly ContainerStats[], clock: Clock): ResourceUsage {
  const sum = (pick: (usage: ResourceUsage) => number | undefined) =>
    containers.reduce((total, container) => total + (pick(container.usage ?? {}) ?? 0), 0);
  return {
    time: new Date(clock.now()).toISOString(),
    cpuUsageNanoSeconds: sum((usage) => usage.cpuUsageNanoSeconds),
    memoryUsageBytes: sum((usage) => usage.memoryUsageBytes),
    memoryWorkingSetBytes: sum((usage) => usage.memoryWorkingSetBytes),
  };
}
