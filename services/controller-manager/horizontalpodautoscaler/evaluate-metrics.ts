import type { Scale } from "../../../gen/typernetes/autoscaling/v1/scale.ts";
import type {
  HorizontalPodAutoscaler,
  MetricSpec,
  MetricStatus,
} from "../../../gen/typernetes/autoscaling/v2/horizontal_pod_autoscaler.ts";
import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import type { PodMetrics } from "../../../gen/typernetes/metrics/v1beta1/pod_metrics.ts";
import { parseLabelSelector } from "../../../lib/api/label-selector-parser.ts";
import type { Informer } from "../../../lib/client/informer.ts";
import { messageOf } from "../failures.ts";
import { type CustomMeasuring, proposeByCustomMetric } from "./custom-metric.ts";
import type { MetricApis } from "./metric-apis.ts";
import { type MetricFault, metricFault } from "./metric-faults.ts";
import { type Measured, type Proposal, proposeByResource } from "./resource-metric.ts";
import { tolerancesOf } from "./scaling-rules.ts";

/** What the pods that a selector matches use. */
export type ReadPodMetrics = (
  namespace: string | undefined,
  labelSelector: string,
  signal: AbortSignal,
) => Promise<readonly PodMetrics[]>;

/** What metrics are evaluated with. */
export interface EvaluationParts {
  autoscaler: HorizontalPodAutoscaler;
  scale: Scale;
  pods: Informer<Pod>;
  readPodMetrics: ReadPodMetrics;
  apis: MetricApis;
  nowMs: number;
}

/** A number of replicas and the metric that asked for it; or why there is none. */
type Verdict =
  | { replicas: number; metric: string }
  | { reason: string; message: string; error: string; isComputing: boolean };

/** What came of all metrics. */
export interface Evaluation {
  statuses: MetricStatus[];
  /** Of metrics that could not be read: for events. */
  faults: MetricFault[];
  verdict: Verdict;
}

/** The most replicas that any metric asks for. With metrics that cannot be read, nothing is scaled down. */
export async function evaluateMetrics(parts: EvaluationParts, signal: AbortSignal): Promise<Evaluation> {
  const { autoscaler, scale } = parts;
  const selector = scale.status?.selector ?? "";
  if (!selector) {
    const message = "the HPA target's scale is missing a selector";
    const verdict = { reason: "InvalidSelector", message, error: "selector is required", isComputing: false };
    const fault = { reason: "SelectorRequired", message: "selector is required", detail: "selector is required" };
    return { statuses: [], faults: [fault], verdict };
  }
  const specs = autoscaler.spec?.metrics ?? [];
  const proposals: Proposal[] = [];
  const faults: MetricFault[] = [];
  const measured = specs.some(isOfResource)
    ? await measure(parts, selector, signal)
    : new Error("nothing was measured");
  for (const spec of specs) {
    try {
      proposals.push(
        isOfResource(spec)
          ? proposeOfResource(spec, measured)
          : await proposeByCustomMetric(spec, customMeasuring(parts, selector, signal)),
      );
    } catch (error) {
      faults.push(metricFault(spec, error));
    }
  }
  const statuses = proposals.map(({ status }) => status);
  return { statuses, faults, verdict: judge(proposals, faults, specs.length, scale.spec?.replicas ?? 0) };
}

function judge(
  proposals: readonly Proposal[],
  faults: readonly MetricFault[],
  count: number,
  current: number,
): Verdict {
  const highest = proposals.reduce<Proposal | undefined>(
    (best, proposal) => (best && best.replicas >= proposal.replicas ? best : proposal),
    undefined,
  );
  const [fault] = faults;
  if (highest && (!fault || highest.replicas >= current)) return { replicas: highest.replicas, metric: highest.name };
  const none = "there are no metrics";
  const error = `invalid metrics (${faults.length} invalid out of ${count}), first error is: ${fault?.detail ?? none}`;
  const message = `the HPA was unable to compute the replica count: ${fault?.message ?? none}`;
  return { reason: fault?.reason ?? "InvalidMetricSourceType", message, error, isComputing: true };
}

function isOfResource({ type }: MetricSpec): boolean {
  return type === "Resource" || type === "ContainerResource";
}

/** What all metrics of resources are read from, or why it cannot be read. */
async function measure(parts: EvaluationParts, selector: string, signal: AbortSignal): Promise<Measured | Error> {
  const { autoscaler, scale, readPodMetrics, nowMs } = parts;
  try {
    const pods = podsOf(parts, selector);
    const podMetrics = await readPodMetrics(autoscaler.metadata?.namespace, selector, signal);
    const currentReplicas = scale.spec?.replicas ?? 0;
    return { pods, podMetrics, currentReplicas, tolerances: tolerancesOf(autoscaler), nowMs };
  } catch (error) {
    return new Error(`unable to fetch metrics from resource metrics API: ${messageOf(error)}`);
  }
}

function customMeasuring(parts: EvaluationParts, selector: string, signal: AbortSignal): CustomMeasuring {
  const { autoscaler, scale, apis, nowMs } = parts;
  return {
    ...{ apis, selector, nowMs, signal },
    namespace: autoscaler.metadata?.namespace ?? "",
    pods: podsOf(parts, selector),
    specReplicas: scale.spec?.replicas ?? 0,
    statusReplicas: scale.status?.replicas ?? 0,
    tolerances: tolerancesOf(autoscaler),
  };
}

function podsOf({ autoscaler, pods }: EvaluationParts, selector: string): Pod[] {
  const matcher = parseLabelSelector(selector);
  return pods.lister.list(autoscaler.metadata?.namespace).filter(({ metadata }) => matcher.matches(metadata?.labels));
}

function proposeOfResource(spec: MetricSpec, measured: Measured | Error): Proposal {
  const name = spec.resource?.name ?? spec.containerResource?.name;
  const unable = (error: unknown) =>
    new Error(`unable to get metrics for resource ${name}: ${messageOf(error)}`, { cause: error });
  if (measured instanceof Error) throw unable(measured);
  try {
    return proposeByResource(spec, measured);
  } catch (error) {
    throw messageOf(error).startsWith("no metrics returned from") ? unable(error) : error;
  }
}
