import type {
  HorizontalPodAutoscaler,
  MetricSpec,
  MetricStatus,
  MetricTarget,
  MetricValueStatus,
} from "../../../gen/typernetes/autoscaling/v2/horizontal_pod_autoscaler.ts";
import { ageColumn, countColumn, none, textColumn, unknown } from "../columns.ts";
import type { ApiObject, Column } from "../strategy.ts";
import type { ScaleBounds } from "./validate.ts";

const shownMax = 2;

interface Scaled extends ApiObject {
  spec?: ScaleBounds | undefined;
  status?: { currentReplicas?: number | undefined } | undefined;
}

/** What is printed of an autoscaler of any version, around its targets. */
export function autoscalerColumns<T extends Scaled>(targets: (object: T) => string): readonly Column<T>[] {
  return [
    textColumn("Reference", "What is scaled.", ({ spec }) => {
      return `${spec?.scaleTargetRef?.kind ?? ""}/${spec?.scaleTargetRef?.name ?? ""}`;
    }),
    textColumn("Targets", "What is measured, of what is wanted.", targets),
    textColumn("MinPods", "Fewest pods.", ({ spec }) => String(spec?.minReplicas ?? "<unset>")),
    countColumn("MaxPods", "Most pods.", ({ spec }) => spec?.maxReplicas ?? 0),
    countColumn("Replicas", "How many pods there are.", ({ status }) => status?.currentReplicas ?? 0),
    ageColumn,
  ];
}

/** Metrics as `cpu: 50%/80%, 3/10`, the first two of them. */
export function shownTargets({ spec, status }: HorizontalPodAutoscaler): string {
  const metrics = spec?.metrics ?? [];
  const shown = metrics.map((metric, index) => shownMetric(metric, status?.currentMetrics?.[index]));
  const more = shown.length - shownMax;
  const text = shown.slice(0, shownMax).join(", ");
  return more > 0 ? `${text} + ${more} more...` : text || none;
}

function shownMetric(metric: MetricSpec, status: MetricStatus | undefined): string {
  if (metric.resource)
    return `${metric.resource.name}: ${shownResource(metric.resource.target, status?.resource?.current)}`;
  if (metric.containerResource)
    return `${metric.containerResource.name}: ${shownResource(metric.containerResource.target, status?.containerResource?.current)}`;
  for (const source of ["external", "pods", "object"] as const)
    if (metric[source]) return shownAmount(metric[source].target, status?.[source]?.current);
  return "<unknown type>";
}

function shownResource(target: MetricTarget | undefined, current: MetricValueStatus | undefined): string {
  if (target?.averageValue !== undefined) return `${current?.averageValue ?? unknown}/${target.averageValue}`;
  const wanted = target?.averageUtilization === undefined ? "<auto>" : `${target.averageUtilization}%`;
  const measured = current?.averageUtilization === undefined ? unknown : `${current.averageUtilization}%`;
  return `${measured}/${wanted}`;
}

function shownAmount(target: MetricTarget | undefined, current: MetricValueStatus | undefined): string {
  if (target?.averageValue !== undefined) return `${current?.averageValue ?? unknown}/${target.averageValue} (avg)`;
  return `${current?.value ?? unknown}/${target?.value ?? unknown}`;
}
