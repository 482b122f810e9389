import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import { parseGoDuration } from "../../../lib/api/go-duration.ts";
import type { KubeletConfiguration, ShutdownGroup } from "../configuration/kubelet-configuration.ts";
import { systemCriticalPriority } from "../eviction/critical-pods.ts";

/** The groups in which pods end when the node is shut down, in order; none when nothing is configured. */
export function shutdownGroups(configuration: KubeletConfiguration): ShutdownGroup[] {
  const { shutdownGracePeriodByPodPriority } = configuration;
  if (shutdownGracePeriodByPodPriority.length > 0)
    return shutdownGracePeriodByPodPriority.toSorted((left, right) => left.priority - right.priority);
  const allSeconds = parseGoDuration(configuration.shutdownGracePeriod) / 1000;
  const criticalSeconds = parseGoDuration(configuration.shutdownGracePeriodCriticalPods) / 1000;
  if (allSeconds === 0) return [];
  return [
    { priority: 0, shutdownGracePeriodSeconds: allSeconds - criticalSeconds },
    { priority: systemCriticalPriority, shutdownGracePeriodSeconds: criticalSeconds },
  ];
}

/** Which of the groups a pod belongs to: the highest that it reaches, else the first. */
export function groupOf({ spec }: Pod, groups: readonly ShutdownGroup[]): ShutdownGroup | undefined {
  return groups.findLast(({ priority }) => priority <= (spec?.priority ?? 0)) ?? groups[0];
}
