import type { Controller, ControllerContext } from "../../lib/controller/controller.ts";
import { createTokenCleaner } from "./bootstraptoken/cleaner.ts";
import { createBootstrapSigner } from "./bootstraptoken/signer.ts";
import { createClusterRoleAggregationController } from "./clusterroleaggregation/controller.ts";
import { createCronJobController } from "./cronjob/controller.ts";
import { createDaemonSetController } from "./daemonset/controller.ts";
import { createDeploymentController } from "./deployment/controller.ts";
import { createDisruptionController } from "./disruption/controller.ts";
import { createEndpointsController } from "./endpoints/controller.ts";
import { createEndpointSliceController } from "./endpointslice/controller.ts";
import { createEndpointSliceMirroringController } from "./endpointslicemirroring/controller.ts";
import { createEphemeralVolumeController } from "./ephemeralvolume/controller.ts";
import { createGarbageCollector } from "./garbagecollector/controller.ts";
import { createHorizontalPodAutoscalerController } from "./horizontalpodautoscaler/controller.ts";
import { createJobController } from "./job/controller.ts";
import { createNamespaceController } from "./namespace/controller.ts";
import { createNodeIpamController } from "./nodeipam/controller.ts";
import { createNodeLifecycleController } from "./nodelifecycle/controller.ts";
import type { ControllerManagerOptions } from "./options.ts";
import { createPersistentVolumeController } from "./persistentvolume/controller.ts";
import { createLocalPathProvisioner } from "./persistentvolume/local-path-provisioner.ts";
import { createPodGarbageCollector } from "./podgc/controller.ts";
import { createPvcProtectionController } from "./pvcprotection/controller.ts";
import { createPvProtectionController } from "./pvprotection/controller.ts";
import { createReplicaSetController } from "./replicaset/controller.ts";
import { createReplicationController } from "./replicationcontroller/controller.ts";
import { createResourceClaimController } from "./resourceclaim/controller.ts";
import { createResourceQuotaController } from "./resourcequota/controller.ts";
import { createRootCaCertPublisher } from "./rootcacertpublisher/controller.ts";
import { createServiceAccountController } from "./serviceaccount/controller.ts";
import { createTokensController } from "./serviceaccount/tokens-controller.ts";
import { createServiceCidrController } from "./servicecidr/controller.ts";
import { createServiceLoadBalancerController } from "./serviceloadbalancer/controller.ts";
import { createStatefulSetController } from "./statefulset/controller.ts";
import { createTaintEvictionController } from "./tainteviction/controller.ts";
import { createTtlController } from "./ttl/controller.ts";
import { createTtlAfterFinishedController } from "./ttlafterfinished/controller.ts";
import { createValidatingAdmissionPolicyStatusController } from "./validatingadmissionpolicystatus/controller.ts";
import { createVolumeExpandController } from "./volumeexpand/controller.ts";

interface ListedController {
  create: (context: ControllerContext, options: ControllerManagerOptions) => Controller;
  /** From whom its events come. */
  component: string;
}

/** Every controller of the cluster. */
export const controllers: readonly ListedController[] = [
  { create: createDeploymentController, component: "deployment-controller" },
  { create: createReplicaSetController, component: "replicaset-controller" },
  { create: createReplicationController, component: "replication-controller" },
  { create: createDaemonSetController, component: "daemonset-controller" },
  { create: createStatefulSetController, component: "statefulset-controller" },
  { create: createJobController, component: "job-controller" },
  { create: createCronJobController, component: "cronjob-controller" },
  { create: createTtlAfterFinishedController, component: "ttl-after-finished-controller" },
  { create: createEndpointSliceController, component: "endpoint-slice-controller" },
  { create: createNamespaceController, component: "namespace-controller" },
  { create: createServiceAccountController, component: "serviceaccount-controller" },
  { create: createTokensController, component: "serviceaccount-token-controller" },
  { create: createRootCaCertPublisher, component: "root-ca-certificate-publisher-controller" },
  { create: createClusterRoleAggregationController, component: "clusterrole-aggregation-controller" },
  { create: createBootstrapSigner, component: "bootstrap-signer-controller" },
  { create: createTokenCleaner, component: "token-cleaner-controller" },
  { create: createNodeLifecycleController, component: "node-controller" },
  { create: createTaintEvictionController, component: "taint-eviction-controller" },
  { create: createPodGarbageCollector, component: "pod-garbage-collector-controller" },
  { create: createResourceQuotaController, component: "resourcequota-controller" },
  { create: createResourceClaimController, component: "resource_claim" },
  { create: createEndpointsController, component: "endpoint-controller" },
  { create: createDisruptionController, component: "controllermanager" },
  {
    create: createValidatingAdmissionPolicyStatusController,
    component: "validatingadmissionpolicy-status-controller",
  },
  { create: createPersistentVolumeController, component: "persistentvolume-controller" },
  {
    create: (context, { localVolumesDirectory }) => createLocalPathProvisioner(context, localVolumesDirectory),
    component: "typernetes.io/local-path",
  },
  { create: createPvcProtectionController, component: "pvc-protection-controller" },
  { create: createPvProtectionController, component: "pv-protection-controller" },
  { create: createEphemeralVolumeController, component: "ephemeral_volume" },
  { create: createVolumeExpandController, component: "volume_expand" },
  { create: (context) => createHorizontalPodAutoscalerController(context), component: "horizontal-pod-autoscaler" },
  { create: createEndpointSliceMirroringController, component: "endpoint-slice-mirroring-controller" },
  { create: createTtlController, component: "ttl-controller" },
  { create: createServiceCidrController, component: "service-cidr-controller" },
  {
    create: (context, options) => createServiceLoadBalancerController(context, options.loadBalancerAddresses),
    component: "service-controller",
  },
  { create: (context, { clusterCIDR }) => createNodeIpamController(context, clusterCIDR), component: "cidrAllocator" },
  { create: createGarbageCollector, component: "garbage-collector-controller" },
];
