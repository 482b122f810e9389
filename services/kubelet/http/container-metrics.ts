import type { NodeUsage, PodUse } from "./node-usage.ts";
import type { MetricFamily } from "./prometheus-text.ts";
import { podLabels } from "./resource-metrics.ts";

type Container = PodUse["containers"][number];

const series: readonly [name: string, help: string, type: MetricFamily["type"], value: (of: Container) => number][] = [
  [
    "container_cpu_usage_seconds_total",
    "Cumulative cpu time consumed in seconds.",
    "counter",
    ({ stats }) => stats.cpuUsageNanos / 1e9,
  ],
  [
    "container_memory_usage_bytes",
    "Current memory usage in bytes, including all memory regardless of when it was accessed",
    "gauge",
    ({ stats }) => stats.memoryUsageBytes,
  ],
  [
    "container_memory_working_set_bytes",
    "Current working set in bytes.",
    "gauge",
    ({ stats }) => stats.memoryWorkingSetBytes,
  ],
  ["container_processes", "Number of processes running inside the container.", "gauge", ({ stats }) => stats.pids],
  [
    "container_start_time_seconds",
    "Start time of the container since unix epoch in seconds.",
    "gauge",
    ({ status }) => (status.startedAtMs ?? status.createdAtMs) / 1000,
  ],
];

/** What `/metrics/cadvisor` tells: containers by the names and labels that dashboards look for. */
export function containerMetrics({ pods }: NodeUsage): MetricFamily[] {
  return series.map(([name, help, type, value]) => {
    const samples = pods.flatMap((use) =>
      use.containers.map((container) => {
        const { id, image, name: own } = container.status;
        const labels = { container: own, id: `/${id}`, image, name: id, ...podLabels(use) };
        return { labels, value: value(container), timeMs: container.stats.timeMs };
      }),
    );
    return { name, help, type, samples };
  });
}
