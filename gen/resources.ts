// Generated from proto/ by scripts/generate. Do not edit.

import * as authentication_v1_self_subject_review from "./typernetes/authentication/v1/self_subject_review.ts";
import * as admissionregistration_v1_mutating_webhook_configuration from "./typernetes/admissionregistration/v1/mutating_webhook_configuration.ts";
import * as admissionregistration_v1_validating_admission_policy from "./typernetes/admissionregistration/v1/validating_admission_policy.ts";
import * as admissionregistration_v1_validating_admission_policy_binding from "./typernetes/admissionregistration/v1/validating_admission_policy_binding.ts";
import * as admissionregistration_v1_validating_webhook_configuration from "./typernetes/admissionregistration/v1/validating_webhook_configuration.ts";
import * as admissionregistration_v1beta1_mutating_admission_policy from "./typernetes/admissionregistration/v1beta1/mutating_admission_policy.ts";
import * as admissionregistration_v1beta1_mutating_admission_policy_binding from "./typernetes/admissionregistration/v1beta1/mutating_admission_policy_binding.ts";
import * as apiextensions_v1_custom_resource_definition from "./typernetes/apiextensions/v1/custom_resource_definition.ts";
import * as apiregistration_v1_api_service from "./typernetes/apiregistration/v1/api_service.ts";
import * as apps_v1_controller_revision from "./typernetes/apps/v1/controller_revision.ts";
import * as core_v1_binding from "./typernetes/core/v1/binding.ts";
import * as core_v1_persistent_volume_claim from "./typernetes/core/v1/persistent_volume_claim.ts";
import * as core_v1_pod from "./typernetes/core/v1/pod.ts";
import * as core_v1_pod_template from "./typernetes/core/v1/pod_template.ts";
import * as apps_v1_daemon_set from "./typernetes/apps/v1/daemon_set.ts";
import * as apps_v1_deployment from "./typernetes/apps/v1/deployment.ts";
import * as apps_v1_replica_set from "./typernetes/apps/v1/replica_set.ts";
import * as apps_v1_stateful_set from "./typernetes/apps/v1/stateful_set.ts";
import * as authentication_v1_token_review from "./typernetes/authentication/v1/token_review.ts";
import * as authorization_v1_local_subject_access_review from "./typernetes/authorization/v1/local_subject_access_review.ts";
import * as authorization_v1_self_subject_access_review from "./typernetes/authorization/v1/self_subject_access_review.ts";
import * as authorization_v1_self_subject_rules_review from "./typernetes/authorization/v1/self_subject_rules_review.ts";
import * as authorization_v1_subject_access_review from "./typernetes/authorization/v1/subject_access_review.ts";
import * as autoscaling_v1_horizontal_pod_autoscaler from "./typernetes/autoscaling/v1/horizontal_pod_autoscaler.ts";
import * as autoscaling_v2_horizontal_pod_autoscaler from "./typernetes/autoscaling/v2/horizontal_pod_autoscaler.ts";
import * as batch_v1_cron_job from "./typernetes/batch/v1/cron_job.ts";
import * as batch_v1_job from "./typernetes/batch/v1/job.ts";
import * as certificates_v1_certificate_signing_request from "./typernetes/certificates/v1/certificate_signing_request.ts";
import * as coordination_v1_lease from "./typernetes/coordination/v1/lease.ts";
import * as core_v1_component_status from "./typernetes/core/v1/component_status.ts";
import * as core_v1_config_map from "./typernetes/core/v1/config_map.ts";
import * as core_v1_endpoints from "./typernetes/core/v1/endpoints.ts";
import * as core_v1_event from "./typernetes/core/v1/event.ts";
import * as core_v1_limit_range from "./typernetes/core/v1/limit_range.ts";
import * as core_v1_namespace from "./typernetes/core/v1/namespace.ts";
import * as core_v1_node from "./typernetes/core/v1/node.ts";
import * as core_v1_persistent_volume from "./typernetes/core/v1/persistent_volume.ts";
import * as core_v1_replication_controller from "./typernetes/core/v1/replication_controller.ts";
import * as core_v1_resource_quota from "./typernetes/core/v1/resource_quota.ts";
import * as core_v1_secret from "./typernetes/core/v1/secret.ts";
import * as core_v1_service from "./typernetes/core/v1/service.ts";
import * as core_v1_service_account from "./typernetes/core/v1/service_account.ts";
import * as discovery_v1_endpoint_slice from "./typernetes/discovery/v1/endpoint_slice.ts";
import * as events_v1_event from "./typernetes/events/v1/event.ts";
import * as flowcontrol_v1_flow_schema from "./typernetes/flowcontrol/v1/flow_schema.ts";
import * as flowcontrol_v1_priority_level_configuration from "./typernetes/flowcontrol/v1/priority_level_configuration.ts";
import * as metrics_v1beta1_node_metrics from "./typernetes/metrics/v1beta1/node_metrics.ts";
import * as metrics_v1beta1_pod_metrics from "./typernetes/metrics/v1beta1/pod_metrics.ts";
import * as networking_v1_ingress from "./typernetes/networking/v1/ingress.ts";
import * as networking_v1_ingress_class from "./typernetes/networking/v1/ingress_class.ts";
import * as networking_v1_ip_address from "./typernetes/networking/v1/ip_address.ts";
import * as networking_v1_network_policy from "./typernetes/networking/v1/network_policy.ts";
import * as networking_v1_service_cidr from "./typernetes/networking/v1/service_cidr.ts";
import * as node_v1_runtime_class from "./typernetes/node/v1/runtime_class.ts";
import * as policy_v1_pod_disruption_budget from "./typernetes/policy/v1/pod_disruption_budget.ts";
import * as rbac_v1_cluster_role from "./typernetes/rbac/v1/cluster_role.ts";
import * as rbac_v1_cluster_role_binding from "./typernetes/rbac/v1/cluster_role_binding.ts";
import * as rbac_v1_role from "./typernetes/rbac/v1/role.ts";
import * as rbac_v1_role_binding from "./typernetes/rbac/v1/role_binding.ts";
import * as resource_v1_device_class from "./typernetes/resource/v1/device_class.ts";
import * as resource_v1_resource_claim from "./typernetes/resource/v1/resource_claim.ts";
import * as resource_v1_resource_claim_template from "./typernetes/resource/v1/resource_claim_template.ts";
import * as resource_v1_resource_slice from "./typernetes/resource/v1/resource_slice.ts";
import * as scheduling_v1_priority_class from "./typernetes/scheduling/v1/priority_class.ts";
import * as storage_v1_csi_driver from "./typernetes/storage/v1/csi_driver.ts";
import * as storage_v1_csi_node from "./typernetes/storage/v1/csi_node.ts";
import * as storage_v1_csi_storage_capacity from "./typernetes/storage/v1/csi_storage_capacity.ts";
import * as storage_v1_storage_class from "./typernetes/storage/v1/storage_class.ts";
import * as storage_v1_volume_attachment from "./typernetes/storage/v1/volume_attachment.ts";
import * as storage_v1_volume_attributes_class from "./typernetes/storage/v1/volume_attributes_class.ts";

/** Codecs and services of every kind, as in `resourceTypes.core.v1.pods`. */
export const resourceTypes = {
  authentication: {
    v1: {
      selfsubjectreviews: { message: "authentication.v1.SelfSubjectReview", object: authentication_v1_self_subject_review.SelfSubjectReview, service: authentication_v1_self_subject_review.SelfSubjectReviewServiceDefinition },
      tokenreviews: { message: "authentication.v1.TokenReview", object: authentication_v1_token_review.TokenReview, service: authentication_v1_token_review.TokenReviewServiceDefinition },
    },
  },
  admissionregistration: {
    v1: {
      mutatingwebhookconfigurations: { message: "admissionregistration.v1.MutatingWebhookConfiguration", object: admissionregistration_v1_mutating_webhook_configuration.MutatingWebhookConfiguration, list: admissionregistration_v1_mutating_webhook_configuration.MutatingWebhookConfigurationList, service: admissionregistration_v1_mutating_webhook_configuration.MutatingWebhookConfigurationServiceDefinition },
      validatingadmissionpolicies: { message: "admissionregistration.v1.ValidatingAdmissionPolicy", object: admissionregistration_v1_validating_admission_policy.ValidatingAdmissionPolicy, list: admissionregistration_v1_validating_admission_policy.ValidatingAdmissionPolicyList, service: admissionregistration_v1_validating_admission_policy.ValidatingAdmissionPolicyServiceDefinition },
      validatingadmissionpolicybindings: { message: "admissionregistration.v1.ValidatingAdmissionPolicyBinding", object: admissionregistration_v1_validating_admission_policy_binding.ValidatingAdmissionPolicyBinding, list: admissionregistration_v1_validating_admission_policy_binding.ValidatingAdmissionPolicyBindingList, service: admissionregistration_v1_validating_admission_policy_binding.ValidatingAdmissionPolicyBindingServiceDefinition },
      validatingwebhookconfigurations: { message: "admissionregistration.v1.ValidatingWebhookConfiguration", object: admissionregistration_v1_validating_webhook_configuration.ValidatingWebhookConfiguration, list: admissionregistration_v1_validating_webhook_configuration.ValidatingWebhookConfigurationList, service: admissionregistration_v1_validating_webhook_configuration.ValidatingWebhookConfigurationServiceDefinition },
    },
    v1beta1: {
      mutatingadmissionpolicies: { message: "admissionregistration.v1beta1.MutatingAdmissionPolicy", object: admissionregistration_v1beta1_mutating_admission_policy.MutatingAdmissionPolicy, list: admissionregistration_v1beta1_mutating_admission_policy.MutatingAdmissionPolicyList, service: admissionregistration_v1beta1_mutating_admission_policy.MutatingAdmissionPolicyServiceDefinition },
      mutatingadmissionpolicybindings: { message: "admissionregistration.v1beta1.MutatingAdmissionPolicyBinding", object: admissionregistration_v1beta1_mutating_admission_policy_binding.MutatingAdmissionPolicyBinding, list: admissionregistration_v1beta1_mutating_admission_policy_binding.MutatingAdmissionPolicyBindingList, service: admissionregistration_v1beta1_mutating_admission_policy_binding.MutatingAdmissionPolicyBindingServiceDefinition },
    },
  },
  apiextensions: {
    v1: {
      customresourcedefinitions: { message: "apiextensions.v1.CustomResourceDefinition", object: apiextensions_v1_custom_resource_definition.CustomResourceDefinition, list: apiextensions_v1_custom_resource_definition.CustomResourceDefinitionList, service: apiextensions_v1_custom_resource_definition.CustomResourceDefinitionServiceDefinition },
    },
  },
  apiregistration: {
    v1: {
      apiservices: { message: "apiregistration.v1.APIService", object: apiregistration_v1_api_service.APIService, list: apiregistration_v1_api_service.APIServiceList, service: apiregistration_v1_api_service.APIServiceServiceDefinition },
    },
  },
  apps: {
    v1: {
      controllerrevisions: { message: "apps.v1.ControllerRevision", object: apps_v1_controller_revision.ControllerRevision, list: apps_v1_controller_revision.ControllerRevisionList, service: apps_v1_controller_revision.ControllerRevisionServiceDefinition },
      daemonsets: { message: "apps.v1.DaemonSet", object: apps_v1_daemon_set.DaemonSet, list: apps_v1_daemon_set.DaemonSetList, service: apps_v1_daemon_set.DaemonSetServiceDefinition },
      deployments: { message: "apps.v1.Deployment", object: apps_v1_deployment.Deployment, list: apps_v1_deployment.DeploymentList, service: apps_v1_deployment.DeploymentServiceDefinition },
      replicasets: { message: "apps.v1.ReplicaSet", object: apps_v1_replica_set.ReplicaSet, list: apps_v1_replica_set.ReplicaSetList, service: apps_v1_replica_set.ReplicaSetServiceDefinition },
      statefulsets: { message: "apps.v1.StatefulSet", object: apps_v1_stateful_set.StatefulSet, list: apps_v1_stateful_set.StatefulSetList, service: apps_v1_stateful_set.StatefulSetServiceDefinition },
    },
  },
  core: {
    v1: {
      bindings: { message: "core.v1.Binding", object: core_v1_binding.Binding, service: core_v1_binding.BindingServiceDefinition },
      persistentvolumeclaims: { message: "core.v1.PersistentVolumeClaim", object: core_v1_persistent_volume_claim.PersistentVolumeClaim, list: core_v1_persistent_volume_claim.PersistentVolumeClaimList, service: core_v1_persistent_volume_claim.PersistentVolumeClaimServiceDefinition },
      pods: { message: "core.v1.Pod", object: core_v1_pod.Pod, list: core_v1_pod.PodList, service: core_v1_pod.PodServiceDefinition },
      podtemplates: { message: "core.v1.PodTemplate", object: core_v1_pod_template.PodTemplate, list: core_v1_pod_template.PodTemplateList, service: core_v1_pod_template.PodTemplateServiceDefinition },
      componentstatuses: { message: "core.v1.ComponentStatus", object: core_v1_component_status.ComponentStatus, list: core_v1_component_status.ComponentStatusList, service: core_v1_component_status.ComponentStatusServiceDefinition },
      configmaps: { message: "core.v1.ConfigMap", object: core_v1_config_map.ConfigMap, list: core_v1_config_map.ConfigMapList, service: core_v1_config_map.ConfigMapServiceDefinition },
      endpoints: { message: "core.v1.Endpoints", object: core_v1_endpoints.Endpoints, list: core_v1_endpoints.EndpointsList, service: core_v1_endpoints.EndpointsServiceDefinition },
      events: { message: "core.v1.Event", object: core_v1_event.Event, list: core_v1_event.EventList, service: core_v1_event.EventServiceDefinition },
      limitranges: { message: "core.v1.LimitRange", object: core_v1_limit_range.LimitRange, list: core_v1_limit_range.LimitRangeList, service: core_v1_limit_range.LimitRangeServiceDefinition },
      namespaces: { message: "core.v1.Namespace", object: core_v1_namespace.Namespace, list: core_v1_namespace.NamespaceList, service: core_v1_namespace.NamespaceServiceDefinition },
      nodes: { message: "core.v1.Node", object: core_v1_node.Node, list: core_v1_node.NodeList, service: core_v1_node.NodeServiceDefinition },
      persistentvolumes: { message: "core.v1.PersistentVolume", object: core_v1_persistent_volume.PersistentVolume, list: core_v1_persistent_volume.PersistentVolumeList, service: core_v1_persistent_volume.PersistentVolumeServiceDefinition },
      replicationcontrollers: { message: "core.v1.ReplicationController", object: core_v1_replication_controller.ReplicationController, list: core_v1_replication_controller.ReplicationControllerList, service: core_v1_replication_controller.ReplicationControllerServiceDefinition },
      resourcequotas: { message: "core.v1.ResourceQuota", object: core_v1_resource_quota.ResourceQuota, list: core_v1_resource_quota.ResourceQuotaList, service: core_v1_resource_quota.ResourceQuotaServiceDefinition },
      secrets: { message: "core.v1.Secret", object: core_v1_secret.Secret, list: core_v1_secret.SecretList, service: core_v1_secret.SecretServiceDefinition },
      services: { message: "core.v1.Service", object: core_v1_service.Service, list: core_v1_service.ServiceList, service: core_v1_service.ServiceServiceDefinition },
      serviceaccounts: { message: "core.v1.ServiceAccount", object: core_v1_service_account.ServiceAccount, list: core_v1_service_account.ServiceAccountList, service: core_v1_service_account.ServiceAccountServiceDefinition },
    },
  },
  authorization: {
    v1: {
      localsubjectaccessreviews: { message: "authorization.v1.LocalSubjectAccessReview", object: authorization_v1_local_subject_access_review.LocalSubjectAccessReview, service: authorization_v1_local_subject_access_review.LocalSubjectAccessReviewServiceDefinition },
      selfsubjectaccessreviews: { message: "authorization.v1.SelfSubjectAccessReview", object: authorization_v1_self_subject_access_review.SelfSubjectAccessReview, service: authorization_v1_self_subject_access_review.SelfSubjectAccessReviewServiceDefinition },
      selfsubjectrulesreviews: { message: "authorization.v1.SelfSubjectRulesReview", object: authorization_v1_self_subject_rules_review.SelfSubjectRulesReview, service: authorization_v1_self_subject_rules_review.SelfSubjectRulesReviewServiceDefinition },
      subjectaccessreviews: { message: "authorization.v1.SubjectAccessReview", object: authorization_v1_subject_access_review.SubjectAccessReview, service: authorization_v1_subject_access_review.SubjectAccessReviewServiceDefinition },
    },
  },
  autoscaling: {
    v1: {
      horizontalpodautoscalers: { message: "autoscaling.v1.HorizontalPodAutoscaler", object: autoscaling_v1_horizontal_pod_autoscaler.HorizontalPodAutoscaler, list: autoscaling_v1_horizontal_pod_autoscaler.HorizontalPodAutoscalerList, service: autoscaling_v1_horizontal_pod_autoscaler.HorizontalPodAutoscalerServiceDefinition },
    },
    v2: {
      horizontalpodautoscalers: { message: "autoscaling.v2.HorizontalPodAutoscaler", object: autoscaling_v2_horizontal_pod_autoscaler.HorizontalPodAutoscaler, list: autoscaling_v2_horizontal_pod_autoscaler.HorizontalPodAutoscalerList, service: autoscaling_v2_horizontal_pod_autoscaler.HorizontalPodAutoscalerServiceDefinition },
    },
  },
  batch: {
    v1: {
      cronjobs: { message: "batch.v1.CronJob", object: batch_v1_cron_job.CronJob, list: batch_v1_cron_job.CronJobList, service: batch_v1_cron_job.CronJobServiceDefinition },
      jobs: { message: "batch.v1.Job", object: batch_v1_job.Job, list: batch_v1_job.JobList, service: batch_v1_job.JobServiceDefinition },
    },
  },
  certificates: {
    v1: {
      certificatesigningrequests: { message: "certificates.v1.CertificateSigningRequest", object: certificates_v1_certificate_signing_request.CertificateSigningRequest, list: certificates_v1_certificate_signing_request.CertificateSigningRequestList, service: certificates_v1_certificate_signing_request.CertificateSigningRequestServiceDefinition },
    },
  },
  coordination: {
    v1: {
      leases: { message: "coordination.v1.Lease", object: coordination_v1_lease.Lease, list: coordination_v1_lease.LeaseList, service: coordination_v1_lease.LeaseServiceDefinition },
    },
  },
  discovery: {
    v1: {
      endpointslices: { message: "discovery.v1.EndpointSlice", object: discovery_v1_endpoint_slice.EndpointSlice, list: discovery_v1_endpoint_slice.EndpointSliceList, service: discovery_v1_endpoint_slice.EndpointSliceServiceDefinition },
    },
  },
  events: {
    v1: {
      events: { message: "events.v1.Event", object: events_v1_event.Event, list: events_v1_event.EventList, service: events_v1_event.EventServiceDefinition },
    },
  },
  flowcontrol: {
    v1: {
      flowschemas: { message: "flowcontrol.v1.FlowSchema", object: flowcontrol_v1_flow_schema.FlowSchema, list: flowcontrol_v1_flow_schema.FlowSchemaList, service: flowcontrol_v1_flow_schema.FlowSchemaServiceDefinition },
      prioritylevelconfigurations: { message: "flowcontrol.v1.PriorityLevelConfiguration", object: flowcontrol_v1_priority_level_configuration.PriorityLevelConfiguration, list: flowcontrol_v1_priority_level_configuration.PriorityLevelConfigurationList, service: flowcontrol_v1_priority_level_configuration.PriorityLevelConfigurationServiceDefinition },
    },
  },
  metrics: {
    v1beta1: {
      nodes: { message: "metrics.v1beta1.NodeMetrics", object: metrics_v1beta1_node_metrics.NodeMetrics, list: metrics_v1beta1_node_metrics.NodeMetricsList, service: metrics_v1beta1_node_metrics.NodeMetricsServiceDefinition },
      pods: { message: "metrics.v1beta1.PodMetrics", object: metrics_v1beta1_pod_metrics.PodMetrics, list: metrics_v1beta1_pod_metrics.PodMetricsList, service: metrics_v1beta1_pod_metrics.PodMetricsServiceDefinition },
    },
  },
  networking: {
    v1: {
      ingresses: { message: "networking.v1.Ingress", object: networking_v1_ingress.Ingress, list: networking_v1_ingress.IngressList, service: networking_v1_ingress.IngressServiceDefinition },
      ingressclasses: { message: "networking.v1.IngressClass", object: networking_v1_ingress_class.IngressClass, list: networking_v1_ingress_class.IngressClassList, service: networking_v1_ingress_class.IngressClassServiceDefinition },
      ipaddresses: { message: "networking.v1.IPAddress", object: networking_v1_ip_address.IPAddress, list: networking_v1_ip_address.IPAddressList, service: networking_v1_ip_address.IPAddressServiceDefinition },
      networkpolicies: { message: "networking.v1.NetworkPolicy", object: networking_v1_network_policy.NetworkPolicy, list: networking_v1_network_policy.NetworkPolicyList, service: networking_v1_network_policy.NetworkPolicyServiceDefinition },
      servicecidrs: { message: "networking.v1.ServiceCIDR", object: networking_v1_service_cidr.ServiceCIDR, list: networking_v1_service_cidr.ServiceCIDRList, service: networking_v1_service_cidr.ServiceCIDRServiceDefinition },
    },
  },
  node: {
    v1: {
      runtimeclasses: { message: "node.v1.RuntimeClass", object: node_v1_runtime_class.RuntimeClass, list: node_v1_runtime_class.RuntimeClassList, service: node_v1_runtime_class.RuntimeClassServiceDefinition },
    },
  },
  policy: {
    v1: {
      poddisruptionbudgets: { message: "policy.v1.PodDisruptionBudget", object: policy_v1_pod_disruption_budget.PodDisruptionBudget, list: policy_v1_pod_disruption_budget.PodDisruptionBudgetList, service: policy_v1_pod_disruption_budget.PodDisruptionBudgetServiceDefinition },
    },
  },
  rbac: {
    v1: {
      clusterroles: { message: "rbac.v1.ClusterRole", object: rbac_v1_cluster_role.ClusterRole, list: rbac_v1_cluster_role.ClusterRoleList, service: rbac_v1_cluster_role.ClusterRoleServiceDefinition },
      clusterrolebindings: { message: "rbac.v1.ClusterRoleBinding", object: rbac_v1_cluster_role_binding.ClusterRoleBinding, list: rbac_v1_cluster_role_binding.ClusterRoleBindingList, service: rbac_v1_cluster_role_binding.ClusterRoleBindingServiceDefinition },
      roles: { message: "rbac.v1.Role", object: rbac_v1_role.Role, list: rbac_v1_role.RoleList, service: rbac_v1_role.RoleServiceDefinition },
      rolebindings: { message: "rbac.v1.RoleBinding", object: rbac_v1_role_binding.RoleBinding, list: rbac_v1_role_binding.RoleBindingList, service: rbac_v1_role_binding.RoleBindingServiceDefinition },
    },
  },
  resource: {
    v1: {
      deviceclasses: { message: "resource.v1.DeviceClass", object: resource_v1_device_class.DeviceClass, list: resource_v1_device_class.DeviceClassList, service: resource_v1_device_class.DeviceClassServiceDefinition },
      resourceclaims: { message: "resource.v1.ResourceClaim", object: resource_v1_resource_claim.ResourceClaim, list: resource_v1_resource_claim.ResourceClaimList, service: resource_v1_resource_claim.ResourceClaimServiceDefinition },
      resourceclaimtemplates: { message: "resource.v1.ResourceClaimTemplate", object: resource_v1_resource_claim_template.ResourceClaimTemplate, list: resource_v1_resource_claim_template.ResourceClaimTemplateList, service: resource_v1_resource_claim_template.ResourceClaimTemplateServiceDefinition },
      resourceslices: { message: "resource.v1.ResourceSlice", object: resource_v1_resource_slice.ResourceSlice, list: resource_v1_resource_slice.ResourceSliceList, service: resource_v1_resource_slice.ResourceSliceServiceDefinition },
    },
  },
  scheduling: {
    v1: {
      priorityclasses: { message: "scheduling.v1.PriorityClass", object: scheduling_v1_priority_class.PriorityClass, list: scheduling_v1_priority_class.PriorityClassList, service: scheduling_v1_priority_class.PriorityClassServiceDefinition },
    },
  },
  storage: {
    v1: {
      csidrivers: { message: "storage.v1.CSIDriver", object: storage_v1_csi_driver.CSIDriver, list: storage_v1_csi_driver.CSIDriverList, service: storage_v1_csi_driver.CSIDriverServiceDefinition },
      csinodes: { message: "storage.v1.CSINode", object: storage_v1_csi_node.CSINode, list: storage_v1_csi_node.CSINodeList, service: storage_v1_csi_node.CSINodeServiceDefinition },
      csistoragecapacities: { message: "storage.v1.CSIStorageCapacity", object: storage_v1_csi_storage_capacity.CSIStorageCapacity, list: storage_v1_csi_storage_capacity.CSIStorageCapacityList, service: storage_v1_csi_storage_capacity.CSIStorageCapacityServiceDefinition },
      storageclasses: { message: "storage.v1.StorageClass", object: storage_v1_storage_class.StorageClass, list: storage_v1_storage_class.StorageClassList, service: storage_v1_storage_class.StorageClassServiceDefinition },
      volumeattachments: { message: "storage.v1.VolumeAttachment", object: storage_v1_volume_attachment.VolumeAttachment, list: storage_v1_volume_attachment.VolumeAttachmentList, service: storage_v1_volume_attachment.VolumeAttachmentServiceDefinition },
      volumeattributesclasses: { message: "storage.v1.VolumeAttributesClass", object: storage_v1_volume_attributes_class.VolumeAttributesClass, list: storage_v1_volume_attributes_class.VolumeAttributesClassList, service: storage_v1_volume_attributes_class.VolumeAttributesClassServiceDefinition },
    },
  },
} as const;
