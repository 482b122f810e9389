import type { MetricSpec } from "../../../gen/typernetes/autoscaling/v2/horizontal_pod_autoscaler.ts";
import { messageOf } from "../failures.ts";

/** Why a metric has no value, as events and conditions tell it. */
export interface MetricFault {
  reason: string;
  message: string;
  /** The same with what kind of value is missing before it. */
  detail: string;
}

interface Words {
  reason: string;
  /** What could not be had. */
  what(spec: MetricSpec): string;
  /** The kind of value. */
  kind(spec: MetricSpec): string;
}

const words: Readonly<Record<string, Words>> = {
  Resource: {
    reason: "FailedGetResourceMetric",
    what: ({ resource }) => `failed to get ${resource?.name} ${measureOf(resource?.target?.averageUtilization)}`,
    kind: ({ resource }) => `${resource?.name} resource`,
  },
  ContainerResource: {
    reason: "FailedGetContainerResourceMetric",
    what: ({ containerResource: source }) =>
      `failed to get ${source?.name} ${measureOf(source?.target?.averageUtilization)}`,
    kind: ({ containerResource }) => `${containerResource?.container} container`,
  },
  Pods: {
    reason: "FailedGetPodsMetric",
    what: ({ pods }) => `unable to get metric ${pods?.metric?.name}`,
    kind: () => "pods",
  },
  Object: {
    reason: "FailedGetObjectMetric",
    what: ({ object }) => `unable to get metric ${object?.metric?.name}`,
    kind: () => "object",
  },
  External: {
    reason: "FailedGetExternalMetric",
    what: ({ external }) => `unable to get external metric ${external?.metric?.name}`,
    kind: ({ external }) => `${external?.metric?.name} external`,
  },
};

function measureOf(averageUtilization: number | undefined): string {
  return averageUtilization === undefined ? "usage" : "utilization";
}

/** Tells why a metric could not be evaluated. */
export function metricFault(spec: MetricSpec, error: unknown): MetricFault {
  const found = words[spec.type ?? ""];
  if (!found) {
    const message = `unknown metric source type ${JSON.stringify(spec.type ?? "")}`;
    return { reason: "InvalidMetricSourceType", message, detail: message };
  }
  const message = `${found.what(spec)}: ${messageOf(error)}`;
  return { reason: found.reason, message, detail: `failed to get ${found.kind(spec)} metric value: ${message}` };
}
