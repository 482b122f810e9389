import type { Container, Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import type { Toleration } from "../../../gen/typernetes/core/v1/reference.ts";
import { controllerOf } from "../../../lib/controller/controller-ref.ts";
import { podRequests, type ResourceAmounts } from "../../../lib/resources/pod/pod-requests.ts";
import { type PodDeviceClaim, podDeviceClaims } from "../devices/pod-claims.ts";
import { type AffinityTerm, type Labels, preferredTerms, requiredTerms } from "./affinity-term.ts";
import { withHeldResources } from "./held-resources.ts";

/** What a container without requests counts as in scores. */
const defaultMilliCpu = 100;
const defaultMemoryBytes = 200 * 1024 * 1024;

// Most pods have none of most things: they share one.
const none: readonly never[] = [];
const noAmounts: ReadonlyMap<string, number> = new Map();
const noLabels: Labels = {};

/** A host port that a pod takes. */
export interface HostPort {
  ip: string;
  protocol: string;
  port: number;
}

/** What scheduling needs of a pod, computed once. */
export interface PodInfo {
  readonly pod: Pod;
  readonly uid: string;
  readonly key: string;
  readonly namespace: string;
  readonly labels: Labels;
  readonly milliCpu: number;
  readonly memoryBytes: number;
  readonly ephemeralBytes: number;
  /** Extended resources by name. */
  readonly extended: ReadonlyMap<string, number>;
  /** Requests for scores: containers without any count a little. */
  readonly scoredMilliCpu: number;
  readonly scoredMemoryBytes: number;
  readonly hostPorts: readonly HostPort[];
  readonly tolerations: readonly Toleration[];
  readonly priority: number;
  /** Pods with the same controller are spread; empty for bare pods. */
  readonly controllerUid: string;
  /** Pods that it must be with, and that it must not be with. */
  readonly affinityTerms: readonly AffinityTerm[];
  readonly antiAffinityTerms: readonly AffinityTerm[];
  /** Pods that it would rather be with, and rather not. */
  readonly preferredTerms: readonly AffinityTerm[];
  readonly preferredAntiTerms: readonly AffinityTerm[];
  /** Whether it has any of these terms. */
  readonly hasAffinity: boolean;
  /** The persistent volume claims that it uses, as `namespace/name`. */
  readonly claims: readonly string[];
  /** The claims on devices that it uses. */
  readonly deviceClaims: readonly PodDeviceClaim[];
  /** On its way out. */
  readonly isEnding: boolean;
}

/** Computes what scheduling needs of a pod. */
export function podInfo(pod: Pod): PodInfo {
  const { cpu = 0, memory = 0, "ephemeral-storage": ephemeral = 0, ...others } = podRequests(withHeldResources(pod));
  const containers = pod.spec?.containers ?? [];
  const namespace = pod.metadata?.namespace ?? "";
  const { podAffinity, podAntiAffinity } = pod.spec?.affinity ?? {};
  return {
    pod,
    uid: pod.metadata?.uid ?? "",
    key: `${namespace}/${pod.metadata?.name}`,
    namespace,
    labels: pod.metadata?.labels ?? noLabels,
    milliCpu: cpu,
    memoryBytes: memory,
    ephemeralBytes: ephemeral,
    extended: extendedOf(others),
    scoredMilliCpu: cpu + without(containers, "cpu") * defaultMilliCpu,
    scoredMemoryBytes: memory + without(containers, "memory") * defaultMemoryBytes,
    hostPorts: orNone(hostPorts([...containers, ...sidecars(pod)])),
    tolerations: pod.spec?.tolerations ?? none,
    priority: pod.spec?.priority ?? 0,
    controllerUid: controllerOf(pod)?.uid ?? "",
    affinityTerms: orNone(requiredTerms(podAffinity, namespace)),
    antiAffinityTerms: orNone(requiredTerms(podAntiAffinity, namespace)),
    preferredTerms: orNone(preferredTerms(podAffinity, namespace)),
    preferredAntiTerms: orNone(preferredTerms(podAntiAffinity, namespace)),
    hasAffinity: podAffinity !== undefined || podAntiAffinity !== undefined,
    claims: orNone(claimsOf(pod)),
    deviceClaims: podDeviceClaims(pod),
    isEnding: pod.metadata?.deletionTimestamp !== undefined,
  };
}

function orNone<T>(list: readonly T[]): readonly T[] {
  return list.length > 0 ? list : none;
}

function extendedOf(amounts: ResourceAmounts): ReadonlyMap<string, number> {
  const extended = Object.entries(amounts).filter(([name, amount]) => name !== "pods" && amount > 0);
  return extended.length > 0 ? new Map(extended) : noAmounts;
}

function claimsOf({ metadata, spec }: Pod): string[] {
  return (spec?.volumes ?? []).flatMap(({ name, persistentVolumeClaim, ephemeral }) => {
    const claim = persistentVolumeClaim?.claimName ?? (ephemeral && `${metadata?.name}-${name}`);
    return claim ? [`${metadata?.namespace ?? ""}/${claim}`] : [];
  });
}

function sidecars({ spec }: Pod): Container[] {
  return spec?.initContainers?.filter(({ restartPolicy }) => restartPolicy === "Always") ?? [];
}

function without(containers: readonly Container[], resource: string): number {
  return containers.filter((container) => container.resources?.requests?.[resource] === undefined).length;
}

function hostPorts(containers: readonly Container[]): HostPort[] {
  return containers.flatMap((container) =>
    (container.ports ?? []).flatMap((port) =>
      port.hostPort ? [{ ip: port.hostIP || "0.0.0.0", protocol: port.protocol ?? "TCP", port: port.hostPort }] : [],
    ),
  );
}
