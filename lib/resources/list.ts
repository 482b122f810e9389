import type { ResourceSchema } from "../../gen/schema.ts";
import { apiService } from "./api-service/strategy.ts";
import { certificateSigningRequest } from "./certificate-signing-request/strategy.ts";
import { componentStatus } from "./component-status/strategy.ts";
import { configMap } from "./config-map/strategy.ts";
import { controllerRevision } from "./controller-revision/strategy.ts";
import { cronJob } from "./cron-job/strategy.ts";
import { csiDriver } from "./csi-driver/strategy.ts";
import { csiNode } from "./csi-node/strategy.ts";
import { csiStorageCapacity } from "./csi-storage-capacity/strategy.ts";
import { customResourceDefinition } from "./custom-resource-definition/strategy.ts";
import { daemonSet } from "./daemon-set/strategy.ts";
import { deployment } from "./deployment/strategy.ts";
import { deviceClass, resourceClaim, resourceClaimTemplate, resourceSlice } from "./devices/strategies.ts";
import { endpointSlice } from "./endpoint-slice/strategy.ts";
import { endpoints } from "./endpoints/strategy.ts";
import { newEvent } from "./event/new-event.ts";
import { event } from "./event/strategy.ts";
import { flowSchema } from "./flow-schema/strategy.ts";
import { generic } from "./generic/generic.ts";
import { horizontalPodAutoscaler, horizontalPodAutoscalerV1 } from "./horizontal-pod-autoscaler/strategy.ts";
import { ingress } from "./ingress/strategy.ts";
import { ingressClass } from "./ingress-class/strategy.ts";
import { ipAddress } from "./ip-address/strategy.ts";
import { job } from "./job/strategy.ts";
import { lease } from "./lease/strategy.ts";
import { limitRange } from "./limit-range/strategy.ts";
import { nodeMetrics, podMetrics } from "./metrics/strategies.ts";
import { mutatingAdmissionPolicyBinding } from "./mutating-admission-policy/binding-strategy.ts";
import { mutatingAdmissionPolicy } from "./mutating-admission-policy/strategy.ts";
import { namespace } from "./namespace/strategy.ts";
import { networkPolicy } from "./network-policy/strategy.ts";
import { node } from "./node/strategy.ts";
import { persistentVolume } from "./persistent-volume/strategy.ts";
import { persistentVolumeClaim } from "./persistent-volume-claim/strategy.ts";
import { pod } from "./pod/strategy.ts";
import { podDisruptionBudget } from "./pod-disruption-budget/strategy.ts";
import { podTemplate } from "./pod-template/strategy.ts";
import { priorityClass } from "./priority-class/strategy.ts";
import { priorityLevelConfiguration } from "./priority-level-configuration/strategy.ts";
import { clusterRole, clusterRoleBinding, role, roleBinding } from "./rbac/strategies.ts";
import { replicaSet } from "./replica-set/strategy.ts";
import { replicationController } from "./replication-controller/strategy.ts";
import { resourceQuota } from "./resource-quota/strategy.ts";
import { runtimeClass } from "./runtime-class/strategy.ts";
import { secret } from "./secret/strategy.ts";
import { service } from "./service/strategy.ts";
import { serviceAccount } from "./service-account/strategy.ts";
import { serviceCidr } from "./service-cidr/strategy.ts";
import { statefulSet } from "./stateful-set/strategy.ts";
import { storageClass } from "./storage-class/strategy.ts";
import type { Strategy } from "./strategy.ts";
import { validatingAdmissionPolicyBinding } from "./validating-admission-policy/binding-strategy.ts";
import { validatingAdmissionPolicy } from "./validating-admission-policy/strategy.ts";
import { volumeAttachment } from "./volume-attachment/strategy.ts";
import { volumeAttributesClass } from "./volume-attributes-class/strategy.ts";
import { mutatingWebhookConfiguration, validatingWebhookConfiguration } from "./webhook-configuration/strategies.ts";

/** Every kind that is served, one line each. A kind without a folder of its own is served by its contract alone. */
export const strategies: readonly Strategy[] = [
  generic("", "v1", "bindings"),
  componentStatus,
  configMap,
  endpoints,
  event,
  limitRange,
  namespace,
  node,
  persistentVolumeClaim,
  persistentVolume,
  pod,
  podTemplate,
  replicationController,
  resourceQuota,
  secret,
  service,
  serviceAccount,

  controllerRevision,
  daemonSet,
  deployment,
  replicaSet,
  statefulSet,

  cronJob,
  job,

  horizontalPodAutoscalerV1,
  horizontalPodAutoscaler,

  lease,
  endpointSlice,
  newEvent,
  podDisruptionBudget,

  ingress,
  ingressClass,
  ipAddress,
  networkPolicy,
  serviceCidr,

  csiDriver,
  csiNode,
  csiStorageCapacity,
  storageClass,
  volumeAttachment,
  volumeAttributesClass,

  clusterRole,
  clusterRoleBinding,
  role,
  roleBinding,

  mutatingAdmissionPolicy,
  mutatingAdmissionPolicyBinding,
  mutatingWebhookConfiguration,
  validatingAdmissionPolicy,
  validatingAdmissionPolicyBinding,
  validatingWebhookConfiguration,

  customResourceDefinition,
  apiService,
  generic("authentication.k8s.io", "v1", "selfsubjectreviews"),
  generic("authentication.k8s.io", "v1", "tokenreviews"),
  generic("authorization.k8s.io", "v1", "localsubjectaccessreviews"),
  generic("authorization.k8s.io", "v1", "selfsubjectaccessreviews"),
  generic("authorization.k8s.io", "v1", "selfsubjectrulesreviews"),
  generic("authorization.k8s.io", "v1", "subjectaccessreviews"),
  certificateSigningRequest,
  flowSchema,
  priorityLevelConfiguration,
  nodeMetrics,
  podMetrics,
  runtimeClass,
  deviceClass,
  resourceClaim,
  resourceClaimTemplate,
  resourceSlice,
  priorityClass,
];

const byKey = new Map(strategies.map((strategy) => [keyOf(strategy.schema), strategy]));

/** The strategy of a kind. Throws when it has no line in the list. */
export function strategyOf(schema: Pick<ResourceSchema, "group" | "version" | "plural">): Strategy {
  const strategy = byKey.get(keyOf(schema));
  if (!strategy) throw new Error(`no strategy for ${schema.plural} in ${schema.group || "core"}/${schema.version}`);
  return strategy;
}

function keyOf({ group, version, plural }: Pick<ResourceSchema, "group" | "version" | "plural">): string {
  return `${group}/${version}/${plural}`;
}
