import type {
  MetricSpec,
  MetricStatus,
  MetricTarget,
} from "../../../gen/typernetes/autoscaling/v2/horizontal_pod_autoscaler.ts";
import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import type { PodMetrics } from "../../../gen/typernetes/metrics/v1beta1/pod_metrics.ts";
import { parseGoDuration } from "../../../lib/api/go-duration.ts";
import { Quantity, quantityMilliValue } from "../../../lib/base/quantity.ts";
import { groupPods, type PodMetric } from "./pod-groups.ts";
import { countedValues, replicasFor, type Tolerances } from "./replica-calculation.ts";

/** What one metric asks for. */
export interface Proposal {
  replicas: number;
  /** For reasons: `cpu resource utilization (percentage of request)`. */
  name: string;
  status: MetricStatus;
}

/** What replicas are calculated from. */
export interface Measured {
  pods: readonly Pod[];
  podMetrics: readonly PodMetrics[];
  currentReplicas: number;
  tolerances: Tolerances;
  nowMs: number;
}

interface Wanted {
  resource: string;
  /** Only this container. */
  container: string | undefined;
  target: MetricTarget;
}

/** How many replicas the metric of a resource asks for; of one container where it says so. @throws Error when that cannot be told. */
export function proposeByResource(spec: MetricSpec, measured: Measured): Proposal {
  const source = spec.type === "ContainerResource" ? spec.containerResource : spec.resource;
  const container = spec.type === "ContainerResource" ? spec.containerResource?.container : undefined;
  const wanted: Wanted = { resource: source?.name ?? "", container, target: source?.target ?? {} };
  const kind = container === undefined ? "resource" : "container resource";
  const metrics = metricsOf(measured.podMetrics, wanted);
  if (metrics.size === 0) throw new Error("no metrics returned from resource metrics API");
  const groups = groupPods(measured.pods, metrics, wanted.resource === "cpu", measured.nowMs);
  const values = countedValues({ groups, metrics });
  const { averageUtilization, averageValue } = wanted.target;
  const common = { currentReplicas: measured.currentReplicas, groups, metrics, tolerances: measured.tolerances };
  const averageOf = (total: number, count: number) => Quantity.ofMilli(Math.floor(total / count)).toString();
  if (averageUtilization === undefined) {
    const target = quantityMilliValue(averageValue ?? "0");
    const ratioOf = (of: ReadonlyMap<string, number>) => sum(of.values()) / of.size / target;
    const replicas = replicasFor({ ...common, ratioOf, assumed: () => target });
    const current = { averageValue: averageOf(sum(values.values()), values.size) };
    return { replicas, name: `${wanted.resource} ${kind}`, status: statusOf(wanted, current) };
  }
  const requests = requestsOf(measured.pods, wanted);
  const utilizationOf = (of: ReadonlyMap<string, number>) => {
    const requested = sum([...of.keys()].map((pod) => requests.get(pod) ?? 0));
    if (requested === 0) throw new Error("no metrics returned matched known pods");
    return Math.floor((sum(of.values()) * 100) / requested);
  };
  const replicas = replicasFor({
    ...common,
    ratioOf: (of) => utilizationOf(of) / averageUtilization,
    assumed: (pod) => ((requests.get(pod) ?? 0) * Math.max(100, averageUtilization)) / 100,
  });
  const current = {
    averageUtilization: utilizationOf(values),
    averageValue: averageOf(sum(values.values()), values.size),
  };
  const name = `${wanted.resource} ${kind} utilization (percentage of request)`;
  return { replicas, name, status: statusOf(wanted, current) };
}

function statusOf({ resource, container }: Wanted, current: { averageValue: string }): MetricStatus {
  return container === undefined
    ? { type: "Resource", resource: { name: resource, current } }
    : { type: "ContainerResource", containerResource: { name: resource, container, current } };
}

/** What each pod uses, in thousandths; pods that lack a measurement of a container are left out. */
function metricsOf(all: readonly PodMetrics[], { resource, container }: Wanted): Map<string, PodMetric> {
  const metrics = new Map<string, PodMetric>();
  for (const { metadata, timestamp, window, containers = [] } of all) {
    const counted = containers.filter(({ name }) => container === undefined || name === container);
    const usages = counted.map(({ usage }) => usage?.[resource]);
    if (usages.length === 0 || usages.some((usage) => usage === undefined)) continue;
    const value = sum(usages.map((usage) => quantityMilliValue(usage ?? "0")));
    const windowMs = parseGoDuration(window ?? "0s");
    metrics.set(metadata?.name ?? "", { value, timestampMs: Date.parse(timestamp ?? ""), windowMs });
  }
  return metrics;
}

/** What each pod asks for, in thousandths. */
function requestsOf(pods: readonly Pod[], { resource, container }: Wanted): Map<string, number> {
  const requests = new Map<string, number>();
  for (const { metadata, spec } of pods) {
    const sidecars = (spec?.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === "Always");
    const counted = [...(spec?.containers ?? []), ...sidecars].filter(
      ({ name }) => container === undefined || name === container,
    );
    if (container !== undefined && counted.length === 0)
      throw new Error(`container ${container} not present in pod ${metadata?.name}`);
    let total = 0;
    for (const { name, resources } of counted) {
      const request = resources?.requests?.[resource];
      if (request === undefined)
        throw new Error(`missing request for ${resource} in container ${name} of Pod ${metadata?.name}`);
      total += quantityMilliValue(request);
    }
    requests.set(metadata?.name ?? "", total);
  }
  return requests;
}

function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
