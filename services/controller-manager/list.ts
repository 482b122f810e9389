import type { ControllerFactory } from "../../lib/controller/controller.ts";
import { createDeploymentController } from "./deployment/controller.ts";
import { createEndpointSliceController } from "./endpointslice/controller.ts";
import { createGarbageCollector } from "./garbagecollector/controller.ts";
import { createNamespaceController } from "./namespace/controller.ts";
import { createNodeLifecycleController } from "./nodelifecycle/controller.ts";
import { createPodGarbageCollector } from "./podgc/controller.ts";
import { createReplicaSetController } from "./replicaset/controller.ts";
import { createServiceAccountController } from "./serviceaccount/controller.ts";
import { createTaintEvictionController } from "./tainteviction/controller.ts";

/** Every controller of the cluster. */
export const controllers: readonly ControllerFactory[] = [
  createDeploymentController,
  createReplicaSetController,
  createEndpointSliceController,
  createNamespaceController,
  createServiceAccountController,
  createNodeLifecycleController,
  createTaintEvictionController,
  createPodGarbageCollector,
  createGarbageCollector,
];
