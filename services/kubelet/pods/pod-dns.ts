import type { Pod, PodDNSConfig } from "../../../gen/typernetes/core/v1/pod.ts";
import type { KubeletOptions } from "../options.ts";
import type { SandboxConfig } from "../runtimes/runtime.ts";

/** A `resolv.conf`, taken apart. */
export type Dns = NonNullable<SandboxConfig["dns"]>;

/** As many as resolvers take. */
const nameserversMax = 3;
const searchesMax = 32;
const searchLengthMax = 2048;

/**
 * The pod's `resolv.conf` by its DNS policy and settings; undefined leaves it the node's. `nodeDns` is what the node's own
 * says.
 */
export function podDns(
  pod: Pod,
  options: Pick<KubeletOptions, "clusterDNS" | "clusterDomain">,
  nodeDns: Dns,
): SandboxConfig["dns"] {
  const { dnsPolicy = "ClusterFirst", hostNetwork, dnsConfig } = pod.spec ?? {};
  const usesCluster = dnsPolicy === "ClusterFirstWithHostNet" || (dnsPolicy === "ClusterFirst" && !hostNetwork);
  if (dnsPolicy === "None") return merged({ nameservers: [], searches: [], options: [] }, dnsConfig);
  if (!usesCluster || !options.clusterDNS) return dnsConfig && merged(nodeDns, dnsConfig);
  const domain = options.clusterDomain;
  const searches = [`${pod.metadata?.namespace}.svc.${domain}`, `svc.${domain}`, domain, ...nodeDns.searches];
  return merged({ nameservers: [options.clusterDNS], searches, options: ["ndots:5"] }, dnsConfig);
}

function merged(base: Dns, { nameservers = [], searches = [], options = [] }: PodDNSConfig = {}): Dns {
  const named = new Map(base.options.map((option) => [option.split(":")[0] ?? "", option]));
  for (const { name = "", value } of options) named.set(name, value ? `${name}:${value}` : name);
  return {
    nameservers: [...new Set([...base.nameservers, ...nameservers])].slice(0, nameserversMax),
    searches: fitting([...new Set([...base.searches, ...searches])]),
    options: [...named.values()],
  };
}

function fitting(searches: string[]): string[] {
  let length = -1;
  return searches.slice(0, searchesMax).filter((search) => {
    length += search.length + 1;
    return length <= searchLengthMax;
  });
}

/** Takes the text of a `resolv.conf` apart. */
export function parseResolvConf(text: string): Dns {
  const dns: Dns = { nameservers: [], searches: [], options: [] };
  for (const line of text.split("\n")) {
    const [word = "", ...rest] = line
      .replace(/[#;].*/, "")
      .trim()
      .split(/\s+/);
    if (word === "nameserver" && rest[0]) dns.nameservers.push(rest[0]);
    if (word === "search") dns.searches = rest.filter((domain) => domain !== ".");
    if (word === "options") dns.options.push(...rest);
  }
  return dns;
}
