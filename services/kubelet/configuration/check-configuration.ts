import { formatGoDuration, parseGoDuration } from "../../../lib/api/go-duration.ts";
import { thresholdsOf } from "../eviction/thresholds.ts";
import type { KubeletConfiguration } from "./kubelet-configuration.ts";
import { logLimitsOf } from "./log-limits.ts";

/** Looks at what single settings do not show. @throws Error that names every fault, in Kubernetes' words where it has some */
export function checkConfiguration(configuration: KubeletConfiguration): void {
  const faults = [...imageFaults(configuration), ...numberFaults(configuration), ...shutdownFaults(configuration)];
  const all = faults.map((fault) => `invalid configuration: ${fault}`);
  if (all.length > 0) throw new Error(all.length === 1 ? all[0] : `[${all.join(", ")}]`);
  thresholdsOf(configuration);
  logLimitsOf(configuration);
}

function imageFaults(configuration: KubeletConfiguration): string[] {
  const { imageGCHighThresholdPercent: high, imageGCLowThresholdPercent: low } = configuration;
  const minimumMs = parseGoDuration(configuration.imageMinimumGCAge);
  const maximumMs = parseGoDuration(configuration.imageMaximumGCAge);
  const [minimum, maximum] = [formatGoDuration(minimumMs), formatGoDuration(maximumMs)];
  const highName = "imageGCHighThresholdPercent (--image-gc-high-threshold)";
  const lowName = "imageGCLowThresholdPercent (--image-gc-low-threshold)";
  const rules: [isBroken: boolean, fault: string][] = [
    [!isPercent(high), `${highName} ${high} must be between 0 and 100, inclusive`],
    [!isPercent(low), `${lowName} ${low} must be between 0 and 100, inclusive`],
    [low >= high, `${lowName} ${low} must be less than ${highName} ${high}`],
    [minimumMs < 0, `imageMinimumGCAge ${minimum} must not be negative`],
    [maximumMs < 0, `imageMaximumGCAge ${maximum} must not be negative`],
    [
      maximumMs > 0 && maximumMs <= minimumMs,
      `imageMaximumGCAge ${maximum} must be greater than imageMinimumGCAge ${minimum}`,
    ],
  ];
  return broken(rules);
}

function numberFaults({
  maxPods,
  evictionMaxPodGracePeriod: graceSeconds,
  evictionPressureTransitionPeriod: transition,
}: KubeletConfiguration): string[] {
  return broken([
    [maxPods < 0, `maxPods (--max-pods) ${maxPods} must not be a negative number`],
    [graceSeconds < 0, `evictionMaxPodGracePeriod ${graceSeconds} must not be negative`],
    [parseGoDuration(transition) < 0, `evictionPressureTransitionPeriod ${transition} must not be negative`],
  ]);
}

function shutdownFaults(configuration: KubeletConfiguration): string[] {
  const periodMs = parseGoDuration(configuration.shutdownGracePeriod);
  const criticalMs = parseGoDuration(configuration.shutdownGracePeriodCriticalPods);
  const [period, critical] = [formatGoDuration(periodMs), formatGoDuration(criticalMs)];
  const least = "must be either zero or otherwise >= 1 sec";
  const byPriority = configuration.shutdownGracePeriodByPodPriority;
  return broken([
    [criticalMs > periodMs, `shutdownGracePeriodCriticalPods ${critical} must be <= shutdownGracePeriod ${period}`],
    [isTooShort(periodMs), `shutdownGracePeriod ${period} ${least}`],
    [isTooShort(criticalMs), `shutdownGracePeriodCriticalPods ${critical} ${least}`],
    [
      byPriority.length > 0 && (periodMs > 0 || criticalMs > 0),
      "Cannot specify both shutdownGracePeriodByPodPriority and shutdownGracePeriod at the same time",
    ],
  ]);
}

function broken(rules: readonly [isBroken: boolean, fault: string][]): string[] {
  return rules.filter(([isBroken]) => isBroken).map(([, fault]) => fault);
}

function isPercent(value: number): boolean {
  return value >= 0 && value <= 100;
}

function isTooShort(periodMs: number): boolean {
  return periodMs !== 0 && periodMs < 1_000;
}
