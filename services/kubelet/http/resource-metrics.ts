import type { NodeUsage, PodUse } from "./node-usage.ts";
import { podSum } from "./node-usage.ts";
import type { MetricFamily, MetricSample } from "./prometheus-text.ts";

const nanosPerSecond = 1e9;

/** What `/metrics/resource` tells: use of processors and memory by node, pods and containers. */
export function resourceMetrics(usage: NodeUsage | undefined): MetricFamily[] {
  return [
    ...(usage ? families(usage) : []),
    {
      name: "resource_scrape_error",
      help: "[STABLE] 1 if there was an error while getting container metrics, 0 otherwise",
      type: "gauge",
      samples: [{ labels: {}, value: usage ? 0 : 1 }],
    },
  ];
}

function families(usage: NodeUsage): MetricFamily[] {
  const { timeMs } = usage;
  const ofNode = (value: number): MetricSample[] => [{ labels: {}, value, timeMs }];
  return [
    {
      name: "container_cpu_usage_seconds_total",
      help: "[STABLE] Cumulative cpu time consumed by the container in core-seconds",
      type: "counter",
      samples: eachContainer(usage, ({ stats }) => stats.cpuUsageNanos / nanosPerSecond),
    },
    {
      name: "container_memory_working_set_bytes",
      help: "[STABLE] Current working set of the container in bytes",
      type: "gauge",
      samples: eachContainer(usage, ({ stats }) => stats.memoryWorkingSetBytes),
    },
    {
      name: "container_start_time_seconds",
      help: "[STABLE] Start time of the container since unix epoch in seconds",
      type: "gauge",
      samples: eachContainer(usage, ({ status }) => (status.startedAtMs ?? status.createdAtMs) / 1000),
    },
    {
      name: "node_cpu_usage_seconds_total",
      help: "[STABLE] Cumulative cpu time consumed by the node in core-seconds",
      type: "counter",
      samples: ofNode(usage.cpuNanos / nanosPerSecond),
    },
    {
      name: "node_memory_working_set_bytes",
      help: "[STABLE] Current working set of the node in bytes",
      type: "gauge",
      samples: ofNode(usage.memory.workingSetBytes),
    },
    {
      name: "pod_cpu_usage_seconds_total",
      help: "[STABLE] Cumulative cpu time consumed by the pod in core-seconds",
      type: "counter",
      samples: eachPod(usage, (pod) => podSum(pod, ({ cpuUsageNanos }) => cpuUsageNanos) / nanosPerSecond),
    },
    {
      name: "pod_memory_working_set_bytes",
      help: "[STABLE] Current working set of the pod in bytes",
      type: "gauge",
      samples: eachPod(usage, (pod) => podSum(pod, ({ memoryWorkingSetBytes }) => memoryWorkingSetBytes)),
    },
  ];
}

function eachContainer({ pods }: NodeUsage, value: (of: PodUse["containers"][number]) => number): MetricSample[] {
  return pods.flatMap((use) =>
    use.containers.map((container) => {
      const labels = { container: container.stats.name, ...podLabels(use) };
      return { labels, value: value(container), timeMs: container.stats.timeMs };
    }),
  );
}

function eachPod({ pods, timeMs }: NodeUsage, value: (pod: PodUse) => number): MetricSample[] {
  return pods.map((use) => ({ labels: podLabels(use), value: value(use), timeMs }));
}

/** Whose a measurement is. */
export function podLabels({ pod }: Pick<PodUse, "pod">): { namespace: string; pod: string } {
  return { namespace: pod.metadata?.namespace ?? "", pod: pod.metadata?.name ?? "" };
}
