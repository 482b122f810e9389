import type { LinuxContainerResources } from "../../../../gen/runtime/v1/security.ts";
import type { ResourceLimits } from "../runtime.ts";

/** The kernel's default accounting period for processor limits, in microseconds. */
const cpuPeriodMicros = 100_000;
/** The kernel refuses quotas below this, in microseconds. */
const cpuQuotaMicrosMin = 1_000;
const cpuSharesDefault = 1024;
const unlimited = -1;

/** Limits as CRI has them; what is absent is not limited. Processes are limited where control groups are of version 2. */
export function linuxResources(limits: ResourceLimits): LinuxContainerResources {
  const { cpuShares, cpuLimit, memoryLimitBytes, pidsLimit } = limits;
  return {
    ...(cpuShares === undefined ? {} : { cpuShares: Math.max(2, Math.round(cpuShares)) }),
    ...(cpuLimit === undefined ? {} : { cpuPeriod: cpuPeriodMicros, cpuQuota: quota(cpuLimit) }),
    // The limit with swap is the same one: none of it.
    ...(memoryLimitBytes === undefined
      ? {}
      : { memoryLimitInBytes: memoryLimitBytes, memorySwapLimitInBytes: memoryLimitBytes }),
    ...(pidsLimit === undefined ? {} : { unified: { "pids.max": String(pidsLimit) } }),
  };
}

/** A change of limits: what is absent becomes unlimited. */
export function resourceUpdate({ cpuShares, cpuLimit, memoryLimitBytes }: ResourceLimits): LinuxContainerResources {
  return {
    cpuShares: Math.max(2, Math.round(cpuShares ?? cpuSharesDefault)),
    cpuPeriod: cpuPeriodMicros,
    cpuQuota: cpuLimit === undefined ? unlimited : quota(cpuLimit),
    memoryLimitInBytes: memoryLimitBytes ?? unlimited,
    memorySwapLimitInBytes: memoryLimitBytes ?? unlimited,
  };
}

function quota(cpuLimit: number): number {
  return Math.max(cpuQuotaMicrosMin, Math.round(cpuLimit * cpuPeriodMicros));
}
