import { isIP } from "node:net";
import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import type { EndpointSlice } from "../../../gen/typernetes/discovery/v1/endpoint_slice.ts";

/** Where names are asked for, by those who do not know better. */
export const dnsPort = 53;

/** What network policies need to know of a pod. */
export interface PolicedPod {
  namespace: string;
  labels: Record<string, string>;
  nodeName: string;
  ips: string[];
  /** `protocol name` of a named port to its numbers; `protocol 53` where the cluster's DNS listens elsewhere. */
  ports: Map<string, number[]>;
}

/**
 * The cluster's DNS as policies see it, where it is no pod: as those who write policies know it, pods in `kube-system` with the
 * label `k8s-app=kube-dns` that are asked at port 53. Undefined for slices of pods, and of others.
 */
export function policedDnsOf({
  metadata,
  endpoints = [],
  ports: slicePorts = [],
}: EndpointSlice): PolicedPod | undefined {
  const { namespace = "", labels = {} } = metadata ?? {};
  if (namespace !== "kube-system" || labels["kubernetes.io/service-name"] !== "kube-dns") return undefined;
  const ips = endpoints.filter(({ targetRef }) => !targetRef).flatMap(({ addresses = [] }) => addresses);
  const ports = new Map<string, number[]>();
  for (const { name, protocol = "TCP", port } of slicePorts) {
    if (!port) continue;
    for (const key of [`${protocol} ${name}`, `${protocol} ${dnsPort}`]) ports.set(key, [port]);
  }
  return ips.length > 0 ? { namespace, labels: { "k8s-app": "kube-dns" }, nodeName: "", ips, ports } : undefined;
}

/** The pod as policies see it; undefined when it has no address of its own, or none any more. */
export function policedPodOf({ metadata, spec, status }: Pod): PolicedPod | undefined {
  if (spec?.hostNetwork || status?.phase === "Succeeded" || status?.phase === "Failed") return undefined;
  const addresses = status?.podIPs?.map(({ ip }) => ip ?? "") ?? [status?.podIP ?? ""];
  const ips = addresses.filter((ip) => isIP(ip) !== 0);
  if (ips.length === 0) return undefined;
  const ports = new Map<string, number[]>();
  for (const container of [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])]) {
    for (const { name, protocol = "TCP", containerPort } of container.ports ?? []) {
      if (!name || !containerPort) continue;
      const key = `${protocol} ${name}`;
      ports.set(key, [...(ports.get(key) ?? []), containerPort]);
    }
  }
  const { namespace = "", labels = {} } = metadata ?? {};
  return { namespace, labels, nodeName: spec?.nodeName ?? "", ips, ports };
}
