import type {
  MetricIdentifier,
  MetricSpec,
  MetricStatus,
  MetricTarget,
  MetricValueStatus,
} from "../../../gen/typernetes/autoscaling/v2/horizontal_pod_autoscaler.ts";
import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import type { LabelSelector } from "../../../gen/typernetes/meta/v1/selector.ts";
import { Quantity, quantityMilliValue } from "../../../lib/base/quantity.ts";
import { podCondition } from "../pods/pod-state.ts";
import type { MetricApis } from "./metric-apis.ts";
import { groupPods } from "./pod-groups.ts";
import { countedValues, isTolerable, replicasFor, type Tolerances } from "./replica-calculation.ts";
import type { Proposal } from "./resource-metric.ts";

/** What replicas are calculated from. */
export interface CustomMeasuring {
  apis: MetricApis;
  namespace: string;
  /** Matches the pods. */
  selector: string;
  pods: readonly Pod[];
  /** Wanted and seen. */
  specReplicas: number;
  statusReplicas: number;
  tolerances: Tolerances;
  nowMs: number;
  signal: AbortSignal;
}

/** How many replicas a metric of pods, of another object or of something outside asks for. @throws Error. */
export function proposeByCustomMetric(spec: MetricSpec, measuring: CustomMeasuring): Promise<Proposal> {
  if (spec.type === "Pods") return ofPods(spec.pods ?? {}, measuring);
  return spec.type === "Object" ? ofObject(spec.object ?? {}, measuring) : ofOutside(spec.external ?? {}, measuring);
}

async function ofPods(
  { metric = {}, target = {} }: NonNullable<MetricSpec["pods"]>,
  { apis, namespace, selector, pods, specReplicas, tolerances, nowMs, signal }: CustomMeasuring,
): Promise<Proposal> {
  const measured = await apis.ofPods(namespace, selector, metric, signal);
  const metrics = new Map(measured.map(({ name, milli }) => [name, { value: milli, timestampMs: nowMs, windowMs: 0 }]));
  const groups = groupPods(pods, metrics, false, nowMs);
  const wanted = quantityMilliValue(target.averageValue ?? "0");
  const ratioOf = (of: ReadonlyMap<string, number>) => sum(of.values()) / of.size / wanted;
  const calculation = { currentReplicas: specReplicas, groups, metrics, tolerances, ratioOf, assumed: () => wanted };
  const replicas = replicasFor(calculation);
  const values = countedValues({ groups, metrics });
  const current = { averageValue: textOf(Math.floor(sum(values.values()) / values.size)) };
  return { replicas, name: `pods metric ${metric.name}`, status: { type: "Pods", pods: { metric, current } } };
}

async function ofObject(
  { metric = {}, target = {}, describedObject = {} }: NonNullable<MetricSpec["object"]>,
  measuring: CustomMeasuring,
): Promise<Proposal> {
  const usage = await measuring.apis.ofObject(measuring.namespace, describedObject, metric, measuring.signal);
  const { replicas, current } = judged(usage, target, measuring);
  // Kubernetes says "external" of averages, of whatever they are.
  const name = target.type === "AverageValue" ? nameOfOutside(metric) : `${describedObject.kind} metric ${metric.name}`;
  const status: MetricStatus = { type: "Object", object: { metric, current, describedObject } };
  return { replicas, name, status };
}

async function ofOutside(
  { metric = {}, target = {} }: NonNullable<MetricSpec["external"]>,
  measuring: CustomMeasuring,
): Promise<Proposal> {
  const usage = sum(await measuring.apis.external(measuring.namespace, metric, measuring.signal));
  const { replicas, current } = judged(usage, target, measuring);
  return { replicas, name: nameOfOutside(metric), status: { type: "External", external: { metric, current } } };
}

/** How many replicas one value asks for: as a whole, or shared by all pods. */
function judged(
  usage: number,
  { averageValue, value }: MetricTarget,
  measuring: CustomMeasuring,
): { replicas: number; current: MetricValueStatus } {
  const { specReplicas, statusReplicas, tolerances } = measuring;
  if (averageValue !== undefined) {
    const wanted = quantityMilliValue(averageValue);
    const isFine = isTolerable(usage / (wanted * statusReplicas), tolerances);
    const replicas = isFine ? statusReplicas : Math.ceil(usage / wanted);
    const average = statusReplicas > 0 ? Math.ceil(usage / statusReplicas) : usage;
    return { replicas, current: { averageValue: textOf(average) } };
  }
  const ratio = usage / quantityMilliValue(value ?? "0");
  const current = { value: textOf(usage) };
  if (specReplicas === 0) return { replicas: Math.ceil(ratio), current };
  if (isTolerable(ratio, tolerances)) return { replicas: specReplicas, current };
  return { replicas: Math.ceil(ratio * readyCount(measuring.pods)), current };
}

function readyCount(pods: readonly Pod[]): number {
  if (pods.length === 0)
    throw new Error("unable to calculate ready pods: no pods returned by selector while calculating replica count");
  return pods.filter((pod) => pod.status?.phase === "Running" && podCondition(pod, "Ready")?.status === "True").length;
}

function textOf(milli: number): string {
  return Quantity.ofMilli(milli).toString();
}

function nameOfOutside({ name, selector }: MetricIdentifier): string {
  return `external metric ${name}(${shown(selector)})`;
}

/** A selector as Kubernetes' events show it. */
function shown(selector: LabelSelector | undefined): string {
  if (!selector) return "nil";
  const labels = Object.entries(selector.matchLabels ?? {}).sort(([one], [other]) => (one < other ? -1 : 1));
  const matched = labels.map(([key, value]) => `${key}: ${value},`).join("");
  const expressions = (selector.matchExpressions ?? []).map(
    ({ key, operator, values = [] }) =>
      `LabelSelectorRequirement{Key:${key},Operator:${operator},Values:[${values.join(" ")}],},`,
  );
  return `&LabelSelector{MatchLabels:map[string]string{${matched}},MatchExpressions:[]LabelSelectorRequirement{${expressions.join("")}},}`;
}

function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
