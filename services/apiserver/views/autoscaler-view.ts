import type { HorizontalPodAutoscaler as OldAutoscaler } from "../../../gen/typernetes/autoscaling/v1/horizontal_pod_autoscaler.ts";
import type {
  HorizontalPodAutoscaler,
  HorizontalPodAutoscalerBehavior,
  HorizontalPodAutoscalerCondition,
  MetricSpec,
  MetricStatus,
} from "../../../gen/typernetes/autoscaling/v2/horizontal_pod_autoscaler.ts";
import type { ApiObject } from "../../../lib/resources/strategy.ts";
import { badRequest } from "../errors.ts";
import { contractForm } from "../object-form.ts";
import { fromOldMetric, fromOldStatus, toOldMetric, toOldStatus } from "./autoscaler-metrics.ts";
import type { View } from "./view.ts";

const prefix = "autoscaling.alpha.kubernetes.io/";
const metricsKey = `${prefix}metrics`;
const currentMetricsKey = `${prefix}current-metrics`;
const conditionsKey = `${prefix}conditions`;
const behaviorKey = `${prefix}behavior`;
const roundTripKeys = new Set([metricsKey, currentMetricsKey, conditionsKey, behaviorKey]);

/** Autoscalers of `autoscaling/v1`: what they have no fields for stands in annotations. */
export const autoscalerView: View = {
  form: contractForm("autoscaling.v1.HorizontalPodAutoscaler"),
  apiVersion: "autoscaling/v1",
  kind: "HorizontalPodAutoscaler",
  show(stored: ApiObject & HorizontalPodAutoscaler): ApiObject & OldAutoscaler {
    const { metadata, spec, status } = stored;
    const { metrics, behavior, ...sameSpec } = spec ?? {};
    const { currentMetrics, conditions, ...sameStatus } = status ?? {};
    const utilization = metrics?.find(isCpuUtilization)?.resource?.target?.averageUtilization;
    const current = currentMetrics?.find(isCpuStatus)?.resource?.current?.averageUtilization;
    const annotations = {
      ...metadata?.annotations,
      ...annotation(metricsKey, metrics?.filter((metric) => !isCpuUtilization(metric)).map(toOldMetric)),
      // The annotation also has the value behind the utilization.
      ...annotation(currentMetricsKey, currentMetrics?.map(toOldStatus)),
      ...annotation(conditionsKey, conditions),
      ...(behavior && { [behaviorKey]: JSON.stringify(renamed(behavior, capitalised)) }),
    };
    return {
      metadata: { ...metadata, ...(Object.keys(annotations).length > 0 && { annotations }) },
      spec: { ...sameSpec, ...(utilization !== undefined && { targetCPUUtilizationPercentage: utilization }) },
      ...(status && {
        status: { ...sameStatus, ...(current !== undefined && { currentCPUUtilizationPercentage: current }) },
      }),
    };
  },
  read(shown: ApiObject & OldAutoscaler): ApiObject & HorizontalPodAutoscaler {
    const { metadata, spec, status } = shown;
    const { targetCPUUtilizationPercentage, ...sameSpec } = spec ?? {};
    const { currentCPUUtilizationPercentage, ...sameStatus } = status ?? {};
    const told = metadata?.annotations ?? {};
    const metrics = (parse<Parameters<typeof fromOldMetric>[0][]>(told, metricsKey) ?? []).map(fromOldMetric);
    if (targetCPUUtilizationPercentage !== undefined) metrics.push(cpuUtilization(targetCPUUtilizationPercentage));
    const behavior = parse<object>(told, behaviorKey);
    return {
      metadata: { ...metadata, annotations: withoutRoundTrip(told) },
      spec: {
        ...sameSpec,
        ...(metrics.length > 0 && { metrics }),
        // The contract's names, whatever the letters' case; the contents are validated as any others.
        ...(behavior && { behavior: renamed(behavior, uncapitalised) as HorizontalPodAutoscalerBehavior }),
      },
      ...(status && {
        status: {
          ...sameStatus,
          currentMetrics: currentMetricsOf(told, currentCPUUtilizationPercentage),
          conditions: parse<HorizontalPodAutoscalerCondition[]>(told, conditionsKey),
        },
      }),
    };
  },
};

function isCpuUtilization({ type, resource }: MetricSpec): boolean {
  return type === "Resource" && resource?.name === "cpu" && resource.target?.averageUtilization !== undefined;
}

function isCpuStatus({ type, resource }: MetricStatus): boolean {
  return type === "Resource" && resource?.name === "cpu" && resource.current?.averageUtilization !== undefined;
}

function cpuUtilization(averageUtilization: number): MetricSpec {
  return { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization } } };
}

function currentMetricsOf(told: Record<string, string>, utilization: number | undefined): MetricStatus[] | undefined {
  const old = parse<Parameters<typeof fromOldStatus>[0][]>(told, currentMetricsKey);
  if (old) return old.map(fromOldStatus);
  if (utilization === undefined) return undefined;
  return [{ type: "Resource", resource: { name: "cpu", current: { averageUtilization: utilization } } }];
}

function annotation(key: string, list: readonly object[] | undefined): Record<string, string> {
  return list?.length ? { [key]: JSON.stringify(list) } : {};
}

function withoutRoundTrip(annotations: Record<string, string>): Record<string, string> | undefined {
  const rest = Object.entries(annotations).filter(([key]) => !roundTripKeys.has(key));
  return rest.length > 0 ? Object.fromEntries(rest) : undefined;
}

function parse<T>(annotations: Record<string, string>, key: string): T | undefined {
  const text = annotations[key];
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) ?? undefined;
  } catch (error) {
    throw badRequest(`annotation ${key}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Kubernetes writes this annotation with the names that the fields have in its own code. */
function renamed(value: unknown, rename: (name: string) => string): unknown {
  if (Array.isArray(value)) return value.map((item) => renamed(item, rename));
  if (typeof value !== "object" || value === null) return value;
  const present = Object.entries(value).filter(([, member]) => member !== undefined && member !== null);
  return Object.fromEntries(present.map(([name, member]) => [rename(name), renamed(member, rename)]));
}

function capitalised(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}

function uncapitalised(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}
