import type {
  MetricSpec as OldMetric,
  MetricStatus as OldStatus,
} from "../../../gen/typernetes/autoscaling/v1/horizontal_pod_autoscaler_metrics.ts";
import type {
  MetricSpec,
  MetricStatus,
  MetricTarget,
} from "../../../gen/typernetes/autoscaling/v2/horizontal_pod_autoscaler.ts";

/** A metric of `autoscaling/v2` as `autoscaling/v1` writes it into an annotation. */
export function toOldMetric({ type, object, pods, resource, containerResource, external }: MetricSpec): OldMetric {
  return {
    type,
    object: object && {
      target: object.describedObject,
      metricName: object.metric?.name,
      targetValue: object.target?.value ?? "0",
      selector: object.metric?.selector,
      averageValue: object.target?.averageValue,
    },
    pods: pods && {
      metricName: pods.metric?.name,
      targetAverageValue: pods.target?.averageValue ?? "0",
      selector: pods.metric?.selector,
    },
    resource: resource && { name: resource.name, ...oldTarget(resource.target) },
    containerResource: containerResource && {
      name: containerResource.name,
      ...oldTarget(containerResource.target),
      container: containerResource.container,
    },
    external: external && {
      metricName: external.metric?.name,
      metricSelector: external.metric?.selector,
      targetValue: external.target?.value,
      targetAverageValue: external.target?.averageValue,
    },
  };
}

/** The metric that such an annotation tells of. */
export function fromOldMetric({ type, object, pods, resource, containerResource, external }: OldMetric): MetricSpec {
  return {
    type,
    object: object && {
      describedObject: object.target,
      metric: { name: object.metricName, selector: object.selector },
      target: object.averageValue
        ? { type: "AverageValue", averageValue: object.averageValue }
        : { type: "Value", value: object.targetValue },
    },
    pods: pods && {
      metric: { name: pods.metricName, selector: pods.selector },
      target: { type: "AverageValue", averageValue: pods.targetAverageValue },
    },
    resource: resource && { name: resource.name, target: newTarget(resource) },
    containerResource: containerResource && {
      name: containerResource.name,
      target: newTarget(containerResource),
      container: containerResource.container,
    },
    external: external && {
      metric: { name: external.metricName, selector: external.metricSelector },
      target:
        external.targetValue === undefined
          ? { type: "AverageValue", averageValue: external.targetAverageValue }
          : { type: "Value", value: external.targetValue },
    },
  };
}

/** A measurement of `autoscaling/v2` as `autoscaling/v1` writes it into an annotation. */
export function toOldStatus({ type, object, pods, resource, containerResource, external }: MetricStatus): OldStatus {
  return {
    type,
    object: object && {
      target: object.describedObject,
      metricName: object.metric?.name,
      currentValue: object.current?.value ?? "0",
      selector: object.metric?.selector,
      averageValue: object.current?.averageValue,
    },
    pods: pods && {
      metricName: pods.metric?.name,
      currentAverageValue: pods.current?.averageValue ?? "0",
      selector: pods.metric?.selector,
    },
    resource: resource && {
      name: resource.name,
      currentAverageUtilization: resource.current?.averageUtilization,
      currentAverageValue: resource.current?.averageValue ?? "0",
    },
    containerResource: containerResource && {
      name: containerResource.name,
      currentAverageUtilization: containerResource.current?.averageUtilization,
      currentAverageValue: containerResource.current?.averageValue ?? "0",
      container: containerResource.container,
    },
    external: external && {
      metricName: external.metric?.name,
      metricSelector: external.metric?.selector,
      currentValue: external.current?.value ?? "0",
      currentAverageValue: external.current?.averageValue,
    },
  };
}

/** The measurement that such an annotation tells of. */
export function fromOldStatus({ type, object, pods, resource, containerResource, external }: OldStatus): MetricStatus {
  return {
    type,
    object: object && {
      describedObject: object.target,
      metric: { name: object.metricName, selector: object.selector },
      current: { value: object.currentValue, averageValue: object.averageValue },
    },
    pods: pods && {
      metric: { name: pods.metricName, selector: pods.selector },
      current: { averageValue: pods.currentAverageValue },
    },
    resource: resource && {
      name: resource.name,
      current: {
        averageUtilization: resource.currentAverageUtilization,
        averageValue: resource.currentAverageValue,
      },
    },
    containerResource: containerResource && {
      name: containerResource.name,
      current: {
        averageUtilization: containerResource.currentAverageUtilization,
        averageValue: containerResource.currentAverageValue,
      },
      container: containerResource.container,
    },
    external: external && {
      metric: { name: external.metricName, selector: external.metricSelector },
      current: { value: external.currentValue, averageValue: external.currentAverageValue },
    },
  };
}

function oldTarget(target: MetricTarget | undefined) {
  return { targetAverageUtilization: target?.averageUtilization, targetAverageValue: target?.averageValue };
}

function newTarget(old: {
  targetAverageUtilization?: number | undefined;
  targetAverageValue?: string | undefined;
}): MetricTarget {
  return old.targetAverageUtilization === undefined
    ? { type: "AverageValue", averageValue: old.targetAverageValue }
    : { type: "Utilization", averageUtilization: old.targetAverageUtilization };
}
