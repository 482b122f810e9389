import type {
  Container,
  ContainerStatus,
  Pod,
  PodCondition,
  PodSpec,
  PodStatus,
  Volume,
} from "../../../gen/typernetes/core/v1/pod.ts";
import type { ObjectMeta } from "../../../gen/typernetes/meta/v1/object_meta.ts";
import type { SharedValues } from "./shared-values.ts";

/** Conditions that say more to the scheduler than that a pod runs. */
const heeded = new Set(["PodResizePending", "DisruptionTarget"]);
/** Volumes that neither hold a claim nor a disk. */
const anywhere = ["projected", "configMap", "secret", "emptyDir", "downwardAPI", "hostPath"] as const;

/** A pod without what no scheduler asks for. */
export function withoutManagers(pod: Pod): Pod {
  if (!pod.metadata?.managedFields) return pod;
  const { managedFields: _, ...metadata } = pod.metadata;
  return { ...pod, metadata };
}

/** Of a pod that has its node, what scheduling others needs; of one that waits, all but who wrote it. */
export function slimPod(pod: Pod, shared: SharedValues): Pod {
  if (!pod.spec?.nodeName) return withoutManagers(pod);
  return {
    metadata: slimMetadata(pod.metadata, shared),
    spec: slimSpec(pod.spec, shared),
    status: slimStatus(pod, shared),
  };
}

function slimMetadata(metadata: ObjectMeta | undefined, shared: SharedValues): ObjectMeta {
  const { name, namespace, uid, resourceVersion, generation, deletionTimestamp, labels } = metadata ?? {};
  const ownerReferences = metadata?.ownerReferences?.filter(({ controller }) => controller);
  return {
    name,
    namespace: shared.one(namespace),
    uid,
    resourceVersion,
    generation,
    deletionTimestamp,
    labels: shared.one(labels),
    ownerReferences: shared.one(ownerReferences),
  };
}

function slimSpec(spec: PodSpec, shared: SharedValues): PodSpec {
  const volumes = spec.volumes?.filter((volume) => !anywhere.some((kind) => volume[kind])).map(heldBy);
  return {
    nodeName: shared.one(spec.nodeName),
    schedulerName: shared.one(spec.schedulerName),
    containers: shared.one(spec.containers?.map(slimContainer)),
    initContainers: shared.one(spec.initContainers?.map(slimContainer)),
    resources: shared.one(spec.resources),
    overhead: shared.one(spec.overhead),
    tolerations: shared.one(spec.tolerations),
    affinity: shared.one(spec.affinity),
    priority: spec.priority,
    preemptionPolicy: shared.one(spec.preemptionPolicy),
    volumes: volumes?.length ? volumes : undefined,
    resourceClaims: shared.one(spec.resourceClaims),
  };
}

/** Of a volume claim that comes with its pod only that it does. */
function heldBy(volume: Volume): Volume {
  return volume.ephemeral ? { name: volume.name, ephemeral: {} } : volume;
}

function slimContainer({ name, restartPolicy, resources, ports }: Container): Container {
  return { name, restartPolicy, resources, ports: ports?.filter(({ hostPort }) => hostPort) };
}

function slimStatus({ status }: Pod, shared: SharedValues): PodStatus {
  const conditions = status?.conditions?.filter(({ type = "" }) => heeded.has(type));
  return {
    phase: shared.one(status?.phase),
    startTime: status?.startTime,
    nominatedNodeName: status?.nominatedNodeName,
    conditions: conditions?.length ? conditions.map(slimCondition) : undefined,
    containerStatuses: shared.one(slimStatuses(status?.containerStatuses)),
    initContainerStatuses: shared.one(slimStatuses(status?.initContainerStatuses)),
    resourceClaimStatuses: status?.resourceClaimStatuses,
  };
}

function slimCondition({ type, status, reason }: PodCondition): PodCondition {
  return { type, status, reason };
}

/** What containers hold; those that tell nothing of it are left out. */
function slimStatuses(statuses: readonly ContainerStatus[] | undefined): ContainerStatus[] | undefined {
  const telling = statuses?.filter(({ resources, allocatedResources }) => resources || allocatedResources);
  if (!telling?.length) return undefined;
  return telling.map(({ name, resources, allocatedResources }) => ({
    name,
    resources: resources && { requests: resources.requests },
    allocatedResources,
  }));
}
