import type { ContainerConfig, PodIdentity, SandboxConfig } from "../runtime.ts";

/** Whose sandboxes and containers are meant: nothing without these two labels is ever listed or touched. */
export interface Scope {
  /** Tells clusters on one machine apart. */
  cluster: string;
  nodeName: string;
}

export type Labels = Record<string, string>;

/** A label of everything that belongs to a cluster. */
export const clusterLabel = "io.typernetes.cluster";
const nodeLabel = "io.typernetes.node";
/** All that a sandbox or container was made from, as far as the runtime does not keep it itself. */
const recordAnnotation = "io.typernetes.record";

/** What lists are narrowed by. */
export function scopeLabels(scope: Scope): Labels {
  return { [clusterLabel]: scope.cluster, [nodeLabel]: scope.nodeName };
}

/** Whether labels are those of a sandbox or container of this node. */
export function isOurs(labels: Labels | undefined, scope: Scope): boolean {
  return labels?.[clusterLabel] === scope.cluster && labels[nodeLabel] === scope.nodeName;
}

/** Labels by which other tools of the machine know the pod, and ours. */
export function podLabels(scope: Scope, pod: PodIdentity, container?: string): Labels {
  return {
    ...scopeLabels(scope),
    "io.kubernetes.pod.namespace": pod.namespace,
    "io.kubernetes.pod.name": pod.name,
    "io.kubernetes.pod.uid": pod.uid,
    ...(container === undefined ? {} : { "io.kubernetes.container.name": container }),
  };
}

/** What has to be known of a sandbox besides its state. */
export interface SandboxRecord {
  config: SandboxConfig;
  /** The pod's log files. */
  logDirectory: string;
  cgroupParent?: string;
}

/** What has to be known of a container besides its state. */
export type ContainerRecord = Pick<ContainerConfig, "image" | "labels" | "stdin" | "tty" | "stopSignal">;

/** Annotations carry what labels have no room for. */
export function recordOf(record: SandboxRecord | ContainerRecord): Labels {
  return { [recordAnnotation]: JSON.stringify(record) };
}

/** Reads the record of a sandbox that is ours. */
export function readSandboxRecord(annotations: Labels | undefined): SandboxRecord {
  const record: SandboxRecord = JSON.parse(annotations?.[recordAnnotation] ?? "{}");
  return record;
}

/** Reads the record of a container that is ours. */
export function readContainerRecord(annotations: Labels | undefined): ContainerRecord {
  const record: ContainerRecord = JSON.parse(annotations?.[recordAnnotation] ?? "{}");
  return record;
}

/** Milliseconds of a time that CRI tells in nanoseconds; undefined for "not yet". */
export function milliseconds(nanoseconds: string | undefined): number | undefined {
  const value = BigInt(nanoseconds ?? 0);
  return value > 0n ? Number(value / 1_000n) / 1_000 : undefined;
}
