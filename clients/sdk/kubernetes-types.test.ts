import assert from "node:assert/strict";
import { test } from "node:test";
import type * as admissionregistration from "kubernetes-types/admissionregistration/v1";
import type * as apiextensions from "kubernetes-types/apiextensions/v1";
import type * as apps from "kubernetes-types/apps/v1";
import type * as authentication from "kubernetes-types/authentication/v1";
import type * as authorization from "kubernetes-types/authorization/v1";
import type * as autoscaling from "kubernetes-types/autoscaling/v1";
import type * as autoscalingV2 from "kubernetes-types/autoscaling/v2";
import type * as batch from "kubernetes-types/batch/v1";
import type * as certificates from "kubernetes-types/certificates/v1";
import type * as coordination from "kubernetes-types/coordination/v1";
import type * as core from "kubernetes-types/core/v1";
import type * as discovery from "kubernetes-types/discovery/v1";
import type * as events from "kubernetes-types/events/v1";
import type * as flowcontrol from "kubernetes-types/flowcontrol/v1";
import type * as networking from "kubernetes-types/networking/v1";
import type * as node from "kubernetes-types/node/v1";
import type * as policy from "kubernetes-types/policy/v1";
import type * as rbac from "kubernetes-types/rbac/v1";
import type * as scheduling from "kubernetes-types/scheduling/v1";
import type * as storage from "kubernetes-types/storage/v1";
import type { MutatingWebhookConfiguration as admissionregistrationMutatingWebhookConfiguration } from "../../gen/typernetes/admissionregistration/v1/mutating_webhook_configuration.ts";
import type { ValidatingAdmissionPolicy as admissionregistrationValidatingAdmissionPolicy } from "../../gen/typernetes/admissionregistration/v1/validating_admission_policy.ts";
import type { ValidatingAdmissionPolicyBinding as admissionregistrationValidatingAdmissionPolicyBinding } from "../../gen/typernetes/admissionregistration/v1/validating_admission_policy_binding.ts";
import type { ValidatingWebhookConfiguration as admissionregistrationValidatingWebhookConfiguration } from "../../gen/typernetes/admissionregistration/v1/validating_webhook_configuration.ts";
import type { CustomResourceDefinition as apiextensionsCustomResourceDefinition } from "../../gen/typernetes/apiextensions/v1/custom_resource_definition.ts";
import type { ControllerRevision as appsControllerRevision } from "../../gen/typernetes/apps/v1/controller_revision.ts";
import type { DaemonSet as appsDaemonSet } from "../../gen/typernetes/apps/v1/daemon_set.ts";
import type { Deployment as appsDeployment } from "../../gen/typernetes/apps/v1/deployment.ts";
import type { ReplicaSet as appsReplicaSet } from "../../gen/typernetes/apps/v1/replica_set.ts";
import type { StatefulSet as appsStatefulSet } from "../../gen/typernetes/apps/v1/stateful_set.ts";
import type { SelfSubjectReview as authenticationSelfSubjectReview } from "../../gen/typernetes/authentication/v1/self_subject_review.ts";
import type { TokenReview as authenticationTokenReview } from "../../gen/typernetes/authentication/v1/token_review.ts";
import type { LocalSubjectAccessReview as authorizationLocalSubjectAccessReview } from "../../gen/typernetes/authorization/v1/local_subject_access_review.ts";
import type { SelfSubjectAccessReview as authorizationSelfSubjectAccessReview } from "../../gen/typernetes/authorization/v1/self_subject_access_review.ts";
import type { SelfSubjectRulesReview as authorizationSelfSubjectRulesReview } from "../../gen/typernetes/authorization/v1/self_subject_rules_review.ts";
import type { SubjectAccessReview as authorizationSubjectAccessReview } from "../../gen/typernetes/authorization/v1/subject_access_review.ts";
import type { HorizontalPodAutoscaler as autoscalingHorizontalPodAutoscaler } from "../../gen/typernetes/autoscaling/v1/horizontal_pod_autoscaler.ts";
import type { HorizontalPodAutoscaler as autoscalingV2HorizontalPodAutoscaler } from "../../gen/typernetes/autoscaling/v2/horizontal_pod_autoscaler.ts";
import type { CronJob as batchCronJob } from "../../gen/typernetes/batch/v1/cron_job.ts";
import type { Job as batchJob } from "../../gen/typernetes/batch/v1/job.ts";
import type { CertificateSigningRequest as certificatesCertificateSigningRequest } from "../../gen/typernetes/certificates/v1/certificate_signing_request.ts";
import type { Lease as coordinationLease } from "../../gen/typernetes/coordination/v1/lease.ts";
import type { Binding as coreBinding } from "../../gen/typernetes/core/v1/binding.ts";
import type { ComponentStatus as coreComponentStatus } from "../../gen/typernetes/core/v1/component_status.ts";
import type { ConfigMap as coreConfigMap } from "../../gen/typernetes/core/v1/config_map.ts";
import type { Endpoints as coreEndpoints } from "../../gen/typernetes/core/v1/endpoints.ts";
import type { Event as coreEvent } from "../../gen/typernetes/core/v1/event.ts";
import type { LimitRange as coreLimitRange } from "../../gen/typernetes/core/v1/limit_range.ts";
import type { Namespace as coreNamespace } from "../../gen/typernetes/core/v1/namespace.ts";
import type { Node as coreNode } from "../../gen/typernetes/core/v1/node.ts";
import type { PersistentVolume as corePersistentVolume } from "../../gen/typernetes/core/v1/persistent_volume.ts";
import type { PersistentVolumeClaim as corePersistentVolumeClaim } from "../../gen/typernetes/core/v1/persistent_volume_claim.ts";
import type { Pod as corePod } from "../../gen/typernetes/core/v1/pod.ts";
import type { PodTemplate as corePodTemplate } from "../../gen/typernetes/core/v1/pod_template.ts";
import type { ReplicationController as coreReplicationController } from "../../gen/typernetes/core/v1/replication_controller.ts";
import type { ResourceQuota as coreResourceQuota } from "../../gen/typernetes/core/v1/resource_quota.ts";
import type { Secret as coreSecret } from "../../gen/typernetes/core/v1/secret.ts";
import type { Service as coreService } from "../../gen/typernetes/core/v1/service.ts";
import type { ServiceAccount as coreServiceAccount } from "../../gen/typernetes/core/v1/service_account.ts";
import type { EndpointSlice as discoveryEndpointSlice } from "../../gen/typernetes/discovery/v1/endpoint_slice.ts";
import type { Event as eventsEvent } from "../../gen/typernetes/events/v1/event.ts";
import type { FlowSchema as flowcontrolFlowSchema } from "../../gen/typernetes/flowcontrol/v1/flow_schema.ts";
import type { PriorityLevelConfiguration as flowcontrolPriorityLevelConfiguration } from "../../gen/typernetes/flowcontrol/v1/priority_level_configuration.ts";
import type { Ingress as networkingIngress } from "../../gen/typernetes/networking/v1/ingress.ts";
import type { IngressClass as networkingIngressClass } from "../../gen/typernetes/networking/v1/ingress_class.ts";
import type { NetworkPolicy as networkingNetworkPolicy } from "../../gen/typernetes/networking/v1/network_policy.ts";
import type { RuntimeClass as nodeRuntimeClass } from "../../gen/typernetes/node/v1/runtime_class.ts";
import type { PodDisruptionBudget as policyPodDisruptionBudget } from "../../gen/typernetes/policy/v1/pod_disruption_budget.ts";
import type { ClusterRole as rbacClusterRole } from "../../gen/typernetes/rbac/v1/cluster_role.ts";
import type { ClusterRoleBinding as rbacClusterRoleBinding } from "../../gen/typernetes/rbac/v1/cluster_role_binding.ts";
import type { Role as rbacRole } from "../../gen/typernetes/rbac/v1/role.ts";
import type { RoleBinding as rbacRoleBinding } from "../../gen/typernetes/rbac/v1/role_binding.ts";
import type { PriorityClass as schedulingPriorityClass } from "../../gen/typernetes/scheduling/v1/priority_class.ts";
import type { CSIDriver as storageCSIDriver } from "../../gen/typernetes/storage/v1/csi_driver.ts";
import type { CSINode as storageCSINode } from "../../gen/typernetes/storage/v1/csi_node.ts";
import type { CSIStorageCapacity as storageCSIStorageCapacity } from "../../gen/typernetes/storage/v1/csi_storage_capacity.ts";
import type { StorageClass as storageStorageClass } from "../../gen/typernetes/storage/v1/storage_class.ts";
import type { VolumeAttachment as storageVolumeAttachment } from "../../gen/typernetes/storage/v1/volume_attachment.ts";

/** Compiles when an object that the package `kubernetes-types` describes is one of ours, kind by kind. */
const assignable: readonly ((it: never) => object)[] = [
  (it: admissionregistration.MutatingWebhookConfiguration): admissionregistrationMutatingWebhookConfiguration => it,
  (it: admissionregistration.ValidatingAdmissionPolicy): admissionregistrationValidatingAdmissionPolicy => it,
  (it: admissionregistration.ValidatingAdmissionPolicyBinding): admissionregistrationValidatingAdmissionPolicyBinding =>
    it,
  (it: admissionregistration.ValidatingWebhookConfiguration): admissionregistrationValidatingWebhookConfiguration => it,
  (it: apiextensions.CustomResourceDefinition): apiextensionsCustomResourceDefinition => it,
  (it: apps.ControllerRevision): appsControllerRevision => it,
  (it: apps.DaemonSet): appsDaemonSet => it,
  (it: apps.Deployment): appsDeployment => it,
  (it: apps.ReplicaSet): appsReplicaSet => it,
  (it: apps.StatefulSet): appsStatefulSet => it,
  (it: authentication.SelfSubjectReview): authenticationSelfSubjectReview => it,
  (it: authentication.TokenReview): authenticationTokenReview => it,
  (it: authorization.LocalSubjectAccessReview): authorizationLocalSubjectAccessReview => it,
  (it: authorization.SelfSubjectAccessReview): authorizationSelfSubjectAccessReview => it,
  (it: authorization.SelfSubjectRulesReview): authorizationSelfSubjectRulesReview => it,
  (it: authorization.SubjectAccessReview): authorizationSubjectAccessReview => it,
  (it: autoscaling.HorizontalPodAutoscaler): autoscalingHorizontalPodAutoscaler => it,
  (it: autoscalingV2.HorizontalPodAutoscaler): autoscalingV2HorizontalPodAutoscaler => it,
  (it: batch.CronJob): batchCronJob => it,
  (it: batch.Job): batchJob => it,
  (it: certificates.CertificateSigningRequest): certificatesCertificateSigningRequest => it,
  (it: coordination.Lease): coordinationLease => it,
  (it: core.Binding): coreBinding => it,
  (it: core.ComponentStatus): coreComponentStatus => it,
  (it: core.ConfigMap): coreConfigMap => it,
  (it: core.Endpoints): coreEndpoints => it,
  (it: core.Event): coreEvent => it,
  (it: core.LimitRange): coreLimitRange => it,
  (it: core.Namespace): coreNamespace => it,
  (it: core.Node): coreNode => it,
  (it: core.PersistentVolume): corePersistentVolume => it,
  (it: core.PersistentVolumeClaim): corePersistentVolumeClaim => it,
  (it: core.Pod): corePod => it,
  (it: core.PodTemplate): corePodTemplate => it,
  (it: core.ReplicationController): coreReplicationController => it,
  (it: core.ResourceQuota): coreResourceQuota => it,
  (it: core.Secret): coreSecret => it,
  (it: core.Service): coreService => it,
  (it: core.ServiceAccount): coreServiceAccount => it,
  (it: discovery.EndpointSlice): discoveryEndpointSlice => it,
  (it: events.Event): eventsEvent => it,
  (it: flowcontrol.FlowSchema): flowcontrolFlowSchema => it,
  (it: flowcontrol.PriorityLevelConfiguration): flowcontrolPriorityLevelConfiguration => it,
  (it: networking.Ingress): networkingIngress => it,
  (it: networking.IngressClass): networkingIngressClass => it,
  (it: networking.NetworkPolicy): networkingNetworkPolicy => it,
  (it: node.RuntimeClass): nodeRuntimeClass => it,
  (it: policy.PodDisruptionBudget): policyPodDisruptionBudget => it,
  (it: rbac.ClusterRole): rbacClusterRole => it,
  (it: rbac.ClusterRoleBinding): rbacClusterRoleBinding => it,
  (it: rbac.Role): rbacRole => it,
  (it: rbac.RoleBinding): rbacRoleBinding => it,
  (it: scheduling.PriorityClass): schedulingPriorityClass => it,
  (it: storage.CSIDriver): storageCSIDriver => it,
  (it: storage.CSINode): storageCSINode => it,
  (it: storage.CSIStorageCapacity): storageCSIStorageCapacity => it,
  (it: storage.StorageClass): storageStorageClass => it,
  (it: storage.VolumeAttachment): storageVolumeAttachment => it,
];

test("objects typed by kubernetes-types are ours without a change", () => {
  assert.ok(assignable.length >= 50, `only ${assignable.length} kinds`);
  const deployment: apps.Deployment = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web", labels: { app: "web" } },
    spec: {
      replicas: 2,
      selector: { matchLabels: { app: "web" } },
      strategy: { rollingUpdate: { maxSurge: "25%", maxUnavailable: 1 } },
      template: {
        metadata: { labels: { app: "web" } },
        spec: { containers: [{ name: "web", image: "web:1", resources: { limits: { cpu: "500m" } } }] },
      },
    },
  };
  const ours: appsDeployment = deployment;
  assert.equal(ours, deployment);
});
