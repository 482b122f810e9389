import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import type { KubeletOptions } from "../options.ts";
import type { SandboxConfig } from "../runtimes/runtime.ts";

/** The pod's `resolv.conf` by its DNS policy; undefined leaves it the node's. */
export function podNetworkDns(pod: Pod, options: KubeletOptions): SandboxConfig["dns"] {
  const policy = pod.spec?.dnsPolicy ?? "ClusterFirst";
  const usesCluster = policy === "ClusterFirstWithHostNet" || (policy === "ClusterFirst" && !pod.spec?.hostNetwork);
  if (policy === "None") return { nameservers: [], searches: [], options: [] };
  if (!usesCluster || !options.clusterDNS) return undefined;
  const domain = options.clusterDomain;
  return {
    nameservers: [options.clusterDNS],
    searches: [`${pod.metadata?.namespace}.svc.${domain}`, `svc.${domain}`, domain],
    options: ["ndots:5"],
  };
}
