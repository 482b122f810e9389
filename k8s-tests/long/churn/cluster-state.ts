import {
  type Client,
  type ConfigMap,
  type CronJob,
  type DaemonSet,
  type Deployment,
  type EndpointSlice,
  type HorizontalPodAutoscaler,
  isStatusError,
  type Job,
  type KubernetesObject,
  type Lease,
  type Node,
  type PersistentVolume,
  type PersistentVolumeClaim,
  type Pod,
  type PodDisruptionBudget,
  type ReplicaSet,
  type ResourceQuota,
  type Secret,
  type Service,
  type StatefulSet,
} from "../../../clients/sdk/index.ts";
import { widgetsOf } from "./widgets.ts";

/** All of a cluster that invariants speak of, as it was at about one moment. */
export interface ClusterState {
  nodes: Node[];
  pods: Pod[];
  deployments: Deployment[];
  replicaSets: ReplicaSet[];
  statefulSets: StatefulSet[];
  daemonSets: DaemonSet[];
  jobs: Job[];
  cronJobs: CronJob[];
  services: Service[];
  slices: EndpointSlice[];
  claims: PersistentVolumeClaim[];
  volumes: PersistentVolume[];
  budgets: PodDisruptionBudget[];
  autoscalers: HorizontalPodAutoscaler[];
  quotas: ResourceQuota[];
  leases: Lease[];
  configMaps: ConfigMap[];
  secrets: Secret[];
  /** By the names of the metrics that tell of them. */
  loads: ReadonlyMap<string, string>;
  /** Also of kinds that have no member above. */
  all: KubernetesObject[];
}

/** Reads everything, from the store and not from caches. */
export async function readState(client: Client, loads: ReadonlyMap<string, string>): Promise<ClusterState> {
  const { core, apps, batch, discovery, policy, coordination, autoscaling } = client;
  const lists = {
    nodes: core.v1.nodes.list(),
    pods: core.v1.pods.list(),
    deployments: apps.v1.deployments.list(),
    replicaSets: apps.v1.replicasets.list(),
    statefulSets: apps.v1.statefulsets.list(),
    daemonSets: apps.v1.daemonsets.list(),
    jobs: batch.v1.jobs.list(),
    cronJobs: batch.v1.cronjobs.list(),
    services: core.v1.services.list(),
    slices: discovery.v1.endpointslices.list(),
    claims: core.v1.persistentvolumeclaims.list(),
    volumes: core.v1.persistentvolumes.list(),
    budgets: policy.v1.poddisruptionbudgets.list(),
    autoscalers: autoscaling.v2.horizontalpodautoscalers.list(),
    quotas: core.v1.resourcequotas.list(),
    leases: coordination.v1.leases.list(),
    configMaps: core.v1.configmaps.list(),
    secrets: core.v1.secrets.list(),
  };
  const others = [core.v1.namespaces.list(), core.v1.serviceaccounts.list(), core.v1.endpoints.list(), widgets(client)];
  const [state, rest] = await Promise.all([itemsOf(lists), Promise.all(others)]);
  const all = [...Object.values(state).flat(), ...rest.flatMap(({ items }): KubernetesObject[] => items)];
  return { ...state, loads, all };
}

/** None while they are not defined. */
async function widgets(client: Client): Promise<{ items: KubernetesObject[] }> {
  try {
    return await widgetsOf(client).list();
  } catch (error) {
    if (isStatusError(error, "NotFound")) return { items: [] };
    throw error;
  }
}

type Lists = Record<string, Promise<{ items: KubernetesObject[] }>>;

async function itemsOf<L extends Lists>(lists: L): Promise<{ [K in keyof L]: Awaited<L[K]>["items"] }> {
  const entries = Object.entries(lists).map(async ([name, list]) => [name, (await list).items] as const);
  // Each member is its own list's: the compiler does not follow entries by name.
  return Object.fromEntries(await Promise.all(entries)) as { [K in keyof L]: Awaited<L[K]>["items"] };
}

/** `namespace/name`, or the name alone. */
export function nameOf({ metadata }: KubernetesObject): string {
  return metadata?.namespace ? `${metadata.namespace}/${metadata.name}` : (metadata?.name ?? "");
}

/** Whether a pod has ended for good. */
export function isFinished({ status }: Pod): boolean {
  return status?.phase === "Succeeded" || status?.phase === "Failed";
}

export function isReady({ status }: Pod): boolean {
  return status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") ?? false;
}

/** The pods whose controller an object is. */
export function podsOf(owner: KubernetesObject, { pods }: Pick<ClusterState, "pods">): Pod[] {
  return pods.filter(({ metadata }) =>
    metadata?.ownerReferences?.some(({ controller, uid }) => controller && uid === owner.metadata?.uid),
  );
}

/** Whether a pod has all of these labels. */
export function isSelected({ metadata }: KubernetesObject, selector: Readonly<Record<string, string>> = {}): boolean {
  const labels = Object.entries(selector);
  return labels.length > 0 && labels.every(([key, value]) => metadata?.labels?.[key] === value);
}
