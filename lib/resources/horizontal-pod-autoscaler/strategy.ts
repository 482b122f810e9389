import type { HorizontalPodAutoscaler as V1 } from "../../../gen/typernetes/autoscaling/v1/horizontal_pod_autoscaler.ts";
import type { HorizontalPodAutoscaler } from "../../../gen/typernetes/autoscaling/v2/horizontal_pod_autoscaler.ts";
import { unknown } from "../columns.ts";
import { schemaOf } from "../schema-of.ts";
import { dropStatus, keepSpec, keepStatus } from "../status-rules.ts";
import type { Strategy } from "../strategy.ts";
import { autoscalerColumns, shownTargets } from "./columns.ts";
import { defaultAutoscaler } from "./defaults.ts";
import { validateAutoscaler, validateAutoscalerStatus, validateScaleBounds } from "./validate.ts";

const common = {
  prepareForCreate: dropStatus,
  prepareForUpdate: keepStatus,
  prepareForStatusUpdate: keepSpec,
  hasGeneration: false,
  selectableFields: {},
};

/** How autoscalers behave. */
export const horizontalPodAutoscaler: Strategy<HorizontalPodAutoscaler> = {
  ...common,
  schema: schemaOf("autoscaling", "v2", "horizontalpodautoscalers"),
  defaults: defaultAutoscaler,
  validate: validateAutoscaler,
  validateStatusUpdate: validateAutoscalerStatus,
  columns: autoscalerColumns<HorizontalPodAutoscaler>(shownTargets),
};

/** How autoscalers behave for clients of version 1, which knows one metric alone. */
export const horizontalPodAutoscalerV1: Strategy<V1> = {
  ...common,
  schema: schemaOf("autoscaling", "v1", "horizontalpodautoscalers"),
  defaults({ spec }) {
    if (spec) spec.minReplicas ??= 1;
  },
  validate({ spec = {} }, errors) {
    validateScaleBounds(spec, errors);
    const target = spec.targetCPUUtilizationPercentage;
    // Kubernetes reports the metric that it becomes; so does this.
    if (target !== undefined && target < 1)
      errors.invalid("spec.metrics[0].resource.target.averageUtilization", target, "must be greater than 0");
  },
  validateStatusUpdate: validateAutoscalerStatus,
  columns: autoscalerColumns<V1>(({ spec, status }) => {
    const wanted = spec?.targetCPUUtilizationPercentage;
    const measured = status?.currentCPUUtilizationPercentage;
    return `cpu: ${measured === undefined ? unknown : `${measured}%`}/${wanted === undefined ? "<auto>" : `${wanted}%`}`;
  }),
};
