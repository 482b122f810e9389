/**
 * What programs that talk to a cluster need: `createClient(await connectFromKubeconfig(path))` answers a client of the whole
 * API (`client.apps.v1.deployments.list({ namespace })`), `createInformerFactory()` caches that follow the server, `apply` brings
 * an object to a wanted state, `waitFor` waits for one, `dynamicResource` reaches kinds that are known only at run time. Failures
 * are `StatusError`; types of all kinds are those of the contracts.
 */
export { isStatusError, StatusError, type StatusReason } from "../../lib/base/status-error.ts";
export type { Client, TypedResources } from "../../lib/client/client.ts";
export { createClient } from "../../lib/client/create-client.ts";
export { createEventRecorder } from "../../lib/client/create-event-recorder.ts";
export { createInformer } from "../../lib/client/create-informer.ts";
export { type DynamicObject, type DynamicType, dynamicResource } from "../../lib/client/dynamic-resource.ts";
export type { EventRecorder } from "../../lib/client/event-recorder.ts";
export { type Informer, type InformerHandler, type Lister, objectKey, splitKey } from "../../lib/client/informer.ts";
export type { InformerFactory, InformerSelector } from "../../lib/client/informer-factory.ts";
export {
  type ClusterAccess,
  type ConnectionSettings,
  connectFromKubeconfig,
  KubeconfigError,
  readKubeconfig,
} from "../../lib/client/kubeconfig.ts";
export { startLeaderElection } from "../../lib/client/leader-election.ts";
export type {
  InNamespace,
  KubernetesObject,
  ObjectList,
  PatchSettings,
  PatchType,
  ResourceClient,
  WatchEvent,
} from "../../lib/client/resource-client.ts";
export { retryOnConflict } from "../../lib/client/retry-on-conflict.ts";
export { discoverKinds, preferredKinds } from "../../lib/client/served-kinds.ts";
export { createInformerFactory } from "../../lib/client/shared-informers.ts";
export type { CallOptions, Transport } from "../../lib/grpc/transport.ts";
export { type ApplyOptions, apply, lastAppliedAnnotation } from "./apply.ts";
export type * from "./kinds.ts";
export { type WaitOptions, waitFor, waitForCondition, waitUntilGone } from "./wait.ts";
