import type {
  HorizontalPodAutoscaler,
  HPAScalingPolicy,
  HPAScalingRules,
} from "../../../gen/typernetes/autoscaling/v2/horizontal_pod_autoscaler.ts";

const targetCpuPercent = 80;
const fastest: readonly HPAScalingPolicy[] = [
  { type: "Pods", value: 4, periodSeconds: 15 },
  { type: "Percent", value: 100, periodSeconds: 15 },
];
const slowest: readonly HPAScalingPolicy[] = [{ type: "Percent", value: 100, periodSeconds: 15 }];

/** Fills what Kubernetes fills in an autoscaler. */
export function defaultAutoscaler({ spec }: HorizontalPodAutoscaler): void {
  if (!spec) return;
  spec.minReplicas ??= 1;
  if (!spec.metrics?.length)
    spec.metrics = [
      {
        type: "Resource",
        resource: { name: "cpu", target: { type: "Utilization", averageUtilization: targetCpuPercent } },
      },
    ];
  const behavior = spec.behavior;
  if (!behavior) return;
  behavior.scaleUp = withDefaults(behavior.scaleUp, fastest);
  behavior.scaleUp.stabilizationWindowSeconds ??= 0;
  behavior.scaleDown = withDefaults(behavior.scaleDown, slowest);
}

function withDefaults(rules: HPAScalingRules | undefined, policies: readonly HPAScalingPolicy[]): HPAScalingRules {
  const completed: HPAScalingRules = { ...rules };
  completed.selectPolicy ??= "Max";
  completed.policies ??= policies.map((policy) => ({ ...policy }));
  return completed;
}
