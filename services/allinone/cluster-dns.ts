import { networkInterfaces } from "node:os";
import { type DnsOptions, dnsDefaults, parseNameServer } from "../dns/options.ts";
import { formatIPv4, parseIPv4Range } from "../kubelet/network/ipv4.ts";
import type { UpOptions } from "./options.ts";
import type { Ranges } from "./ranges.ts";

/** Under which address pods know the cluster's DNS: the tenth of the services', as elsewhere. */
export function clusterDnsAddress({ services }: Pick<Ranges, "services">): string {
  return formatIPv4(parseIPv4Range(services).first + 10);
}

/** Who may ask the cluster's DNS: pods, nodes and the machine, by any of its addresses; but nobody else, as it also asks others. */
function dnsClients({ pods, nodes, services, pods6, services6 }: Ranges, address: string): string[] {
  const own = Object.values(networkInterfaces()).flatMap((found) => found ?? []);
  const addresses = own.filter(({ scopeid }) => !scopeid).map(({ address }) => address);
  const ranges = [pods, nodes, services, pods6, services6].filter((range) => range !== undefined);
  return [...new Set(["127.0.0.0/8", ...ranges, address, ...addresses])];
}

/** The settings of a DNS server that listens on the machine's address. */
export function clusterDnsOptions(
  ranges: Ranges,
  address: string,
  { clusterDomain, dnsUpstream }: Pick<UpOptions, "clusterDomain" | "dnsUpstream">,
  { dnsPort = 0, dnsHttpPort = 0 } = {},
): DnsOptions {
  const { pods, services, pods6, services6 } = ranges;
  return {
    ...dnsDefaults,
    clusterDomain,
    addresses: [address],
    port: dnsPort,
    httpPort: dnsHttpPort,
    clients: dnsClients(ranges, address),
    serviceAddress: clusterDnsAddress(ranges),
    reverseRanges: [pods, services, pods6, services6].filter((range) => range !== undefined),
    ...(dnsUpstream && { upstreams: dnsUpstream.map(parseNameServer) }),
  };
}
