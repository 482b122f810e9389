import type { PodWorker } from "../pods/pod-worker.ts";
import type { MetricFamily } from "./prometheus-text.ts";
import { podLabels } from "./resource-metrics.ts";

const types = { liveness: "Liveness", readiness: "Readiness", startup: "Startup" } as const;

/** What `/metrics/probes` tells: how often which probe has succeeded and failed. */
export function probeMetrics(workers: Iterable<PodWorker>): MetricFamily[] {
  const samples = [...workers].flatMap((worker) =>
    worker.probeCounts().map(({ container, kind, result, count }) => {
      const { uid = "" } = worker.pod.metadata ?? {};
      const labels = { container, ...podLabels(worker), pod_uid: uid, probe_type: types[kind], result };
      return { labels, value: count };
    }),
  );
  const help = "[BETA] Cumulative number of a liveness, readiness or startup probe for a container by result.";
  return [{ name: "prober_probe_total", help, type: "counter", samples }];
}
