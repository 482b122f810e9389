import type { PodIdentity, PortMapping } from "../runtime.ts";

/** Whose containers are meant: nothing without these two labels is ever listed or touched. */
export interface Scope {
  /** Tells clusters on one machine apart. */
  cluster: string;
  nodeName: string;
}

/** Label keys of every sandbox and container; all state of this runtime is in them. */
export const labelKeys = {
  cluster: "io.typernetes.cluster",
  node: "io.typernetes.node",
  kind: "io.typernetes.kind",
  podNamespace: "io.typernetes.pod.namespace",
  podName: "io.typernetes.pod.name",
  podUid: "io.typernetes.pod.uid",
  attempt: "io.typernetes.attempt",
  sandboxId: "io.typernetes.sandbox.id",
  hostNetwork: "io.typernetes.sandbox.host-network",
  runtimeHandler: "io.typernetes.sandbox.runtime-handler",
  hostIPC: "io.typernetes.sandbox.host-ipc",
  portMappings: "io.typernetes.sandbox.port-mappings",
  createdAtMs: "io.typernetes.created-at-ms",
  containerName: "io.typernetes.container.name",
  image: "io.typernetes.container.image",
} as const;

/** Before the keys of labels that the kubelet gave. */
const givenPrefix = "io.typernetes.label/";

export type Kind = "sandbox" | "container";
export type Labels = Record<string, string>;

/** Docker's list filter for this node's sandboxes and containers, narrowed by more labels. */
export function scopeFilter(scope: Scope, more: Labels = {}): string[] {
  return Object.entries({ [labelKeys.cluster]: scope.cluster, [labelKeys.node]: scope.nodeName, ...more }).map(
    ([key, value]) => `${key}=${value}`,
  );
}

/** Whether `labels` are of a `kind` that belongs to this node of this cluster. */
export function isOurs(labels: Labels, scope: Scope, kind: Kind): boolean {
  return (
    labels[labelKeys.cluster] === scope.cluster &&
    labels[labelKeys.node] === scope.nodeName &&
    labels[labelKeys.kind] === kind
  );
}

/** The labels that every object of one pod carries. */
export function identityLabels(scope: Scope, kind: Kind, pod: PodIdentity, attempt: number): Labels {
  return {
    [labelKeys.cluster]: scope.cluster,
    [labelKeys.node]: scope.nodeName,
    [labelKeys.kind]: kind,
    [labelKeys.podNamespace]: pod.namespace,
    [labelKeys.podName]: pod.name,
    [labelKeys.podUid]: pod.uid,
    [labelKeys.attempt]: String(attempt),
  };
}

/** The pod that `labels` name. */
export function podOf(labels: Labels): PodIdentity {
  return {
    namespace: labels[labelKeys.podNamespace] ?? "",
    name: labels[labelKeys.podName] ?? "",
    uid: labels[labelKeys.podUid] ?? "",
  };
}

/** The attempt that `labels` name. */
export function attemptOf(labels: Labels): number {
  return Number(labels[labelKeys.attempt] ?? 0);
}

/** The kubelet's labels as Docker's, kept apart from those of the image and of this runtime. */
export function wrapGivenLabels(given: Labels): Labels {
  return Object.fromEntries(Object.entries(given).map(([key, value]) => [givenPrefix + key, value]));
}

/** What `wrapGivenLabels` was given. */
export function givenLabels(labels: Labels): Labels {
  return Object.fromEntries(
    Object.entries(labels)
      .filter(([key]) => key.startsWith(givenPrefix))
      .map(([key, value]) => [key.slice(givenPrefix.length), value]),
  );
}

/** The port mappings that a sandbox was made with. */
export function portMappingsOf(labels: Labels): PortMapping[] {
  const parsed: unknown = JSON.parse(labels[labelKeys.portMappings] ?? "[]");
  return Array.isArray(parsed) ? parsed.filter(isPortMapping) : [];
}

function isPortMapping(value: unknown): value is PortMapping {
  return typeof value === "object" && value !== null && "hostPort" in value && "containerPort" in value;
}

/** A container's name in Docker: Kubernetes' form, with node and cluster behind it; `POD` is the sandbox. */
export function dockerName(scope: Scope, container: string, pod: PodIdentity, attempt: number): string {
  const parts = ["k8s", container, pod.name, pod.namespace, pod.uid, String(attempt), scope.nodeName, scope.cluster];
  return parts.map((part) => part.replaceAll(/[^a-zA-Z0-9.-]/g, "-")).join("_");
}
