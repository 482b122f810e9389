import { isIP } from "node:net";
import type { Service } from "../../../gen/typernetes/core/v1/service.ts";
import type { EndpointPort, EndpointSlice } from "../../../gen/typernetes/discovery/v1/endpoint_slice.ts";
import type { DnsRecord, Freshness } from "./record.ts";

/** An endpoint with a name below its service's. */
interface NamedEndpoint {
  name: string;
  ip: string;
  ports: readonly Port[];
}

interface Port {
  name: string;
  protocol: string;
  port: number;
}

/** Records of a name: answers, and addresses of what they point to. Undefined where the name does not exist. */
export interface NameRecords {
  answers: DnsRecord[];
  additionals: DnsRecord[];
}

const headless = "None";
/** Shared by the records of a name, as other servers do it. */
const weightSum = 100;

/** What one service has in the zone. Never changes: a service or slice that changes gets a new one. */
export class ServiceNames implements Freshness {
  stale = false;
  readonly #service: Service;
  readonly #slices: readonly EndpointSlice[];
  readonly #domain: string;
  readonly #ttl: number;
  #endpoints: NamedEndpoint[] | undefined;

  /** `domain` is the service's full name. */
  constructor(service: Service, slices: readonly EndpointSlice[], domain: string, ttl: number) {
    this.#service = service;
    this.#slices = slices;
    this.#domain = domain;
    this.#ttl = ttl;
  }

  /** Where an ExternalName leads. */
  get alias(): string | undefined {
    const { type, externalName } = this.#service.spec ?? {};
    return type === "ExternalName" ? (externalName ?? "").toLowerCase().replace(/\.$/, "") || undefined : undefined;
  }

  /** The names of addresses that lead back here: the service's own, or those of a headless one's endpoints. */
  get addresses(): ReadonlyMap<string, string> {
    if (this.alias !== undefined) return new Map();
    const own = this.#clusterIPs.map((ip) => [ip, this.#domain] as const);
    const theirs = this.#isHeadless ? this.#named.map(({ ip, name }) => [ip, this.#below(name)] as const) : [];
    return new Map([...theirs, ...own]);
  }

  /** Records of the name that `labels` make below the service's. */
  records(labels: readonly string[], type: string): NameRecords | undefined {
    if (this.alias !== undefined) return labels.length === 0 ? this.#aliasRecords(this.alias) : undefined;
    const [first = "", second] = labels;
    if (labels.length === 0) return this.#own(type);
    if (labels.length === 2 && second) return this.#ofPort(first, second, type);
    if (labels.length > 1) return undefined;
    // A name that only others are below.
    if (this.#ports().some(({ name, protocol }) => name && first === `_${protocol}`))
      return { answers: [], additionals: [] };
    const endpoints = this.#named.filter(({ name }) => name === first);
    if (endpoints.length === 0) return undefined;
    return type === "SRV"
      ? this.#endpointPorts(endpoints, () => true)
      : addresses(labels, this.#domain, endpoints, type, this.#ttl);
  }

  get #isHeadless(): boolean {
    return this.#service.spec?.clusterIP === headless;
  }

  get #clusterIPs(): string[] {
    const { clusterIP = "", clusterIPs = [] } = this.#service.spec ?? {};
    return (clusterIPs.length > 0 ? clusterIPs : [clusterIP]).filter((ip) => isIP(ip) !== 0);
  }

  #own(type: string): NameRecords {
    if (this.#isHeadless)
      return type === "SRV"
        ? this.#endpointPorts(this.#named, () => true)
        : addresses([], this.#domain, this.#named, type, this.#ttl);
    if (type === "SRV") return this.#servicePorts(() => true, []);
    return addresses(
      [],
      this.#domain,
      this.#clusterIPs.map((ip) => ({ ip })),
      type,
      this.#ttl,
    );
  }

  #ofPort(portLabel: string, protocolLabel: string, type: string): NameRecords | undefined {
    const matches = ({ name, protocol }: Port) =>
      name !== "" && portLabel === `_${name}` && protocolLabel === `_${protocol}`;
    if (!this.#ports().some(matches)) return undefined;
    if (type !== "SRV") return { answers: [], additionals: [] };
    const owner = [portLabel, protocolLabel];
    return this.#isHeadless ? this.#endpointPorts(this.#named, matches, owner) : this.#servicePorts(matches, owner);
  }

  /** All ports that have names: a headless service's are those of its endpoints. */
  #ports(): Port[] {
    if (this.#isHeadless) return this.#named.flatMap(({ ports }) => ports);
    return portsOf(this.#service.spec?.ports ?? []);
  }

  #servicePorts(matches: (port: Port) => boolean, owner: readonly string[]): NameRecords {
    const ports = portsOf(this.#service.spec?.ports ?? []).filter(matches);
    const targets = ports.map(({ port }) => ({ target: this.#domain, port }));
    const ips = this.#clusterIPs.map((ip) => addressRecord(this.#domain, ip, this.#ttl));
    return { answers: this.#srv(owner, targets), additionals: targets.length > 0 ? ips : [] };
  }

  #endpointPorts(
    endpoints: NamedEndpoint[],
    matches: (port: Port) => boolean,
    owner: readonly string[] = [],
  ): NameRecords {
    const chosen = endpoints.filter(({ ports }) => ports.some(matches));
    const targets = new Map<string, { target: string; port: number }>();
    for (const { name, ports } of chosen) {
      for (const { port } of ports.filter(matches)) targets.set(`${name} ${port}`, { target: this.#below(name), port });
    }
    const ownerLabels = owner.length === 0 && endpoints !== this.#named ? [endpoints[0]?.name ?? ""] : owner;
    return {
      answers: this.#srv(ownerLabels, [...targets.values()]),
      additionals: chosen.map(({ name, ip }) => addressRecord(this.#below(name), ip, this.#ttl)),
    };
  }

  #srv(owner: readonly string[], targets: { target: string; port: number }[]): DnsRecord[] {
    const name = [...owner, this.#domain].join(".");
    const weight = Math.max(1, Math.floor(weightSum / Math.max(1, targets.length)));
    return targets.map(({ target, port }) => ({
      name,
      type: "SRV",
      ttl: this.#ttl,
      data: { priority: 0, weight, port, target },
    }));
  }

  #aliasRecords(target: string): NameRecords {
    return { answers: [{ name: this.#domain, type: "CNAME", ttl: this.#ttl, data: target }], additionals: [] };
  }

  #below(name: string): string {
    return `${name}.${this.#domain}`;
  }

  /** The endpoints that may be named, each address once. */
  get #named(): NamedEndpoint[] {
    this.#endpoints ??= namedEndpoints(this.#slices, this.#service.spec?.publishNotReadyAddresses === true);
    return this.#endpoints;
  }
}

function namedEndpoints(slices: readonly EndpointSlice[], includesNotReady: boolean): NamedEndpoint[] {
  const found = new Map<string, NamedEndpoint>();
  for (const slice of slices) {
    if (slice.addressType === "FQDN") continue;
    const ports = portsOf(slice.ports ?? []);
    for (const { addresses = [], hostname, conditions } of slice.endpoints ?? []) {
      // What is unknown counts as ready.
      if (conditions?.ready === false && !includesNotReady) continue;
      for (const ip of addresses) {
        if (isIP(ip) === 0) continue;
        const name = (hostname || ip.replaceAll(/[.:]/g, "-")).toLowerCase();
        const known = found.get(`${name} ${ip}`);
        found.set(`${name} ${ip}`, { name, ip, ports: known ? [...known.ports, ...ports] : ports });
      }
    }
  }
  return [...found.values()];
}

function portsOf(ports: readonly EndpointPort[]): Port[] {
  return ports.flatMap(({ name = "", protocol = "TCP", port }) =>
    port === undefined ? [] : [{ name: name.toLowerCase(), protocol: protocol.toLowerCase(), port }],
  );
}

function addresses(
  labels: readonly string[],
  domain: string,
  endpoints: readonly { ip: string }[],
  type: string,
  ttl: number,
): NameRecords {
  const version = type === "A" ? 4 : type === "AAAA" ? 6 : 0;
  const name = [...labels, domain].join(".");
  const ips = new Set(endpoints.map(({ ip }) => ip).filter((ip) => isIP(ip) === version));
  return { answers: [...ips].map((ip) => addressRecord(name, ip, ttl)), additionals: [] };
}

/** The A or AAAA record of an address. */
export function addressRecord(name: string, ip: string, ttl: number): DnsRecord {
  return { name, type: isIP(ip) === 6 ? "AAAA" : "A", ttl, data: ip };
}
