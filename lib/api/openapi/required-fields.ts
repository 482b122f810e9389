import type { FieldSchema } from "../../../gen/schema.ts";

/** Fields that Kubernetes always writes, and takes objects without them all the same. */
const optional: ReadonlySet<string> = new Set([
  "apiextensions.v1.CustomResourceDefinitionStatus.acceptedNames",
  "apiextensions.v1.CustomResourceDefinitionStatus.conditions",
  "apiextensions.v1.CustomResourceDefinitionStatus.storedVersions",
  "apps.v1.StatefulSetOrdinals.start",
  "apps.v1.StatefulSetStatus.availableReplicas",
  "authentication.v1.TokenRequestSpec.boundObjectRef",
  "authentication.v1.TokenRequestSpec.expirationSeconds",
  "autoscaling.v2.HorizontalPodAutoscalerStatus.currentMetrics",
  "batch.v1.PodFailurePolicyOnPodConditionsPattern.status",
  "core.v1.AzureFilePersistentVolumeSource.secretNamespace",
  "core.v1.Event.reportingComponent",
  "core.v1.Event.reportingInstance",
  "core.v1.GRPCAction.service",
  "core.v1.NodeRuntimeHandler.name",
  "core.v1.ProjectedVolumeSource.sources",
  "core.v1.TypedLocalObjectReference.apiGroup",
  "core.v1.TypedObjectReference.apiGroup",
  "discovery.v1.EndpointSlice.ports",
  "flowcontrol.v1.FlowSchemaSpec.matchingPrecedence",
  "flowcontrol.v1.LimitedPriorityLevelConfiguration.nominalConcurrencyShares",
  "flowcontrol.v1.QueuingConfiguration.handSize",
  "flowcontrol.v1.QueuingConfiguration.queueLengthLimit",
  "flowcontrol.v1.QueuingConfiguration.queues",
  "flowcontrol.v1.ResourcePolicyRule.namespaces",
  "networking.v1.IngressClassParametersReference.scope",
  "rbac.v1.ClusterRole.rules",
  "rbac.v1.Role.rules",
  "resource.v1.AllocatedDeviceStatus.conditions",
  "resource.v1.CapacityRequestPolicy.default",
  "resource.v1.DeviceClaim.requests",
  "resource.v1.ResourceClaimSpec.devices",
  "resource.v1.ResourceSliceSpec.devices",
  "storage.v1.CSINodeDriver.topologyKeys",
]);

/** Whether OpenAPI says that an object must have a field. Kubernetes says so of those that it always writes. */
export function isRequiredField(field: FieldSchema, message: string): boolean {
  if (optional.has(`${message}.${field.name}`)) return false;
  return field.required === true || !field.omitEmpty;
}
