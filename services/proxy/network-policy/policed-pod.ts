import { isIP } from "node:net";
import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";

/** What network policies need to know of a pod. */
export interface PolicedPod {
  namespace: string;
  labels: Record<string, string>;
  nodeName: string;
  ips: string[];
  /** `protocol name` of a named port to its numbers. */
  ports: Map<string, number[]>;
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
