import { isIP } from "node:net";

/** A name server that is asked about names of others. */
export interface NameServer {
  address: string;
  port: number;
}

const dnsPort = 53;

/** Settings of the cluster's DNS. */
export interface DnsOptions {
  clusterDomain: string;
  /** Where it listens, UDP and TCP; all addresses with the same port. */
  addresses: readonly string[];
  /** 0 chooses one that is free for both. */
  port: number;
  /** Where `/metrics`, `/health` and `/ready` are served as plain HTTP, at the first address; nowhere when absent. */
  httpPort?: number;
  /** Ranges of those who may ask; everybody when absent. */
  clients?: readonly string[];
  /** The address of the DNS service, which the name of the zone's server leads to. */
  serviceAddress?: string;
  /** Ranges of pods and services: of an address in them nobody else knows the name. */
  reverseRanges: readonly string[];
  /** Whom to ask about names outside the cluster; those of `resolvConf` when absent. */
  upstreams?: readonly NameServer[];
  /** The file that names the machine's name servers. */
  resolvConf: string;
  /** Domains with name servers of their own. */
  stubDomains: Readonly<Record<string, readonly NameServer[]>>;
  /** How long others may remember an answer about the cluster, in seconds. */
  ttlSeconds: number;
  /** The largest answer over UDP, in bytes, for clients that take more than 512. */
  udpSizeMax: number;
  /** How long one name server is waited for, in milliseconds. */
  upstreamTimeoutMs: number;
}

/** Settings that are the same in most clusters. */
export const dnsDefaults = {
  clusterDomain: "cluster.local",
  port: 0,
  reverseRanges: [],
  resolvConf: "/etc/resolv.conf",
  stubDomains: {},
  ttlSeconds: 5,
  udpSizeMax: 1232,
  upstreamTimeoutMs: 1500,
} satisfies Partial<DnsOptions>;

/** Reads `address` or `address:port`, IPv6 with a port in brackets. @throws Error when it is neither. */
export function parseNameServer(text: string): NameServer {
  const [, bracketed, plain, digits] = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const address = isIP(text) !== 0 ? text : (bracketed ?? plain ?? "");
  const port = isIP(text) !== 0 ? dnsPort : Number(digits ?? dnsPort);
  if (isIP(address) === 0 || port < 1 || port > 65_535)
    throw new Error(`"${text}" is no name server: an address, or address:port, is wanted`);
  return { address, port };
}
