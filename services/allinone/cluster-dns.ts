import { networkInterfaces } from "node:os";
import { type DnsOptions, dnsDefaults } from "../dns/options.ts";
import { formatIPv4, parseIPv4Range } from "../kubelet/network/ipv4.ts";
import type { Ranges } from "./ranges.ts";

/** Under which address pods know the cluster's DNS: the tenth of the services', as elsewhere. */
export function clusterDnsAddress({ services }: Pick<Ranges, "services">): string {
  return formatIPv4(parseIPv4Range(services).first + 10);
}

/** Who may ask the cluster's DNS: pods, nodes and the machine, by any of its addresses; but nobody else, as it also asks others. */
function dnsClients({ pods, nodes, services }: Ranges): string[] {
  const own = Object.values(networkInterfaces()).flatMap((found) => found ?? []);
  const addresses = own.filter(({ scopeid }) => !scopeid).map(({ address }) => address);
  return [...new Set(["127.0.0.0/8", pods, nodes, services, ...addresses])];
}

/** The settings of a DNS server that listens on the machine's address. */
export function clusterDnsOptions(ranges: Ranges, address: string, port = 0): DnsOptions {
  return {
    ...dnsDefaults,
    addresses: [address],
    port,
    clients: dnsClients(ranges),
    serviceAddress: clusterDnsAddress(ranges),
    reverseRanges: [ranges.pods, ranges.services],
  };
}
