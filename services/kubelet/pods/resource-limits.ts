import type { Pod, ResourceRequirements } from "../../../gen/typernetes/core/v1/pod.ts";
import { quantityMilliValue, quantityValue } from "../../../lib/base/quantity.ts";
import { podLimits as limitAmounts } from "../../../lib/resources/pod/pod-requests.ts";
import type { ResourceLimits } from "../runtimes/runtime.ts";
import { isSidecar } from "./pod-containers.ts";

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
    hugePages: hugePagesOf(limits),
  };
}

const hugePages = "hugepages-";
const pageUnits: readonly [string, number][] = [
  ["GB", 2 ** 30],
  ["MB", 2 ** 20],
];

/** By the size of a page, as control groups write it. */
function hugePagesOf(limits: Readonly<Record<string, string | number>>): Record<string, number> {
  const entries = Object.entries(limits).filter(([name]) => name.startsWith(hugePages));
  return Object.fromEntries(
    entries.map(([name, amount]) => [
      kernelSize(quantityValue(name.slice(hugePages.length))),
      quantityValue(String(amount)),
    ]),
  );
}

function kernelSize(bytes: number): string {
  const [unit, size] = pageUnits.find(([, size]) => bytes >= size) ?? ["KB", 1024];
  return `${bytes / size}${unit}`;
}

/**
 * Limits over a whole pod: sums, where every container has a limit. Init containers run alone beside the sidecars before
 * them: a larger one counts. What the pod itself says, and its overhead, comes in addition.
 */
export function podLimits(pod: Pod): ResourceLimits {
  const { containers = [], initContainers = [], overhead, resources } = pod.spec ?? {};
  const own = containerLimits(resources);
  const extra = containerLimits({ limits: overhead ?? {} });
  const over = (pick: (limits: ResourceLimits) => number | undefined): number | undefined => {
    const sizeOf = (container: { resources?: ResourceRequirements | undefined }) =>
      pick(containerLimits(container.resources)) ?? Number.POSITIVE_INFINITY;
    let lasting = 0;
    let highest = 0;
    for (const init of initContainers) {
      highest = Math.max(highest, lasting + sizeOf(init));
      if (isSidecar(init)) lasting += sizeOf(init);
    }
    const total = containers.reduce((sum, container) => sum + sizeOf(container), lasting);
    const size = Math.max(total, highest);
    return Number.isFinite(size) ? size : undefined;
  };
  return {
    cpuShares: plus(resources ? own.cpuShares : over(({ cpuShares }) => cpuShares), overhead && extra.cpuShares),
    cpuLimit: plus(own.cpuLimit ?? over(({ cpuLimit }) => cpuLimit), extra.cpuLimit),
    memoryLimitBytes: plus(
      own.memoryLimitBytes ?? over(({ memoryLimitBytes }) => memoryLimitBytes),
      extra.memoryLimitBytes,
    ),
    hugePages: hugePagesOf(limitAmounts(pod)),
  };
}

function plus(limit: number | undefined, overhead = 0): number | undefined {
  return limit === undefined ? undefined : limit + overhead;
}
