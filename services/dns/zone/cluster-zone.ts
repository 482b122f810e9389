import { BlockList, isIP } from "node:net";
import type { DnsRecord, Freshness, ZoneAnswer } from "./record.ts";
import { addressOfReverseName, canonicalAddress, reverseZone } from "./reverse-name.ts";
import { addressRecord } from "./service-names.ts";
import type { ZoneIndex } from "./zone-index.ts";

/** What a zone is made of besides the services. */
export interface ClusterZoneOptions {
  clusterDomain: string;
  ttlSeconds: number;
  serviceAddress?: string;
  reverseRanges: readonly string[];
}

/** The version of the specification that the zone follows. */
const specificationVersion = "1.1.0";
const always: Freshness = { stale: false };
const nothing: DnsRecord[] = [];

/** The cluster's zone by the Kubernetes DNS specification: services, their endpoints and ports, pods, and the way back. */
export class ClusterZone {
  readonly #index: ZoneIndex;
  readonly #options: ClusterZoneOptions;
  readonly #domain: string;
  readonly #suffix: string;
  readonly #reverse: { range: BlockList; zone: string }[];

  constructor(index: ZoneIndex, options: ClusterZoneOptions) {
    this.#index = index;
    this.#options = options;
    this.#domain = options.clusterDomain.toLowerCase();
    this.#suffix = `.${this.#domain}`;
    this.#reverse = options.reverseRanges
      .filter((range) => isIP(range.split("/")[0] ?? "") === 4)
      .map((range) => ({ range: blockListOf([range]), zone: reverseZone(range) }));
  }

  /** What is said about a name in lower case without the last dot; undefined when others have to be asked. */
  lookup(name: string, type: string): ZoneAnswer | undefined {
    if (name === this.#domain) return this.#apex(type);
    if (name.endsWith(this.#suffix)) return this.#inside(name, type);
    return name.endsWith(".arpa") ? this.#reverseAnswer(name, type) : undefined;
  }

  #inside(name: string, type: string): ZoneAnswer {
    const labels = name.slice(0, -this.#suffix.length).split(".");
    switch (labels.pop()) {
      case "svc":
        return this.#service(labels, type);
      case "pod":
        return this.#pod(name, labels, type);
      case "dns-version":
        if (labels.length > 0) return this.#missing();
        return this.#found(type === "TXT" ? [{ name, type, ttl: this.#ttl, data: specificationVersion }] : nothing);
      case "dns":
        return this.#nameServer(name, labels, type);
      default:
        return this.#missing();
    }
  }

  #service(labels: string[], type: string): ZoneAnswer {
    const namespace = labels.pop();
    const service = labels.pop();
    if (namespace === undefined) return this.#found(nothing);
    if (service === undefined) {
      const absence = this.#index.absence;
      return this.#index.hasNamespace(namespace) ? this.#found(nothing, absence) : this.#missing(absence);
    }
    const names = this.#index.service(`${namespace}/${service}`);
    const records = names?.records(labels, type);
    const freshness = names ?? this.#index.absence;
    return records ? this.#found(records.answers, freshness, records.additionals) : this.#missing(freshness);
  }

  /** Every address has a name in every namespace; whether there is such a pod is not looked at. */
  #pod(name: string, labels: string[], type: string): ZoneAnswer {
    if (labels.length < 2) return this.#found(nothing);
    const [dashed = ""] = labels;
    const address = [dashed.replaceAll("-", "."), dashed.replaceAll("-", ":")].find((ip) => isIP(ip) !== 0);
    if (labels.length > 2 || address === undefined) return this.#missing();
    const record = addressRecord(name, address, this.#ttl);
    return this.#found(record.type === type ? [record] : nothing);
  }

  #apex(type: string): ZoneAnswer {
    if (type === "SOA") return this.#found([this.#soa(this.#domain)]);
    if (type !== "NS") return this.#found(nothing);
    const { serviceAddress } = this.#options;
    const additionals = serviceAddress ? [addressRecord(this.#serverName, serviceAddress, this.#ttl)] : nothing;
    return this.#found([{ name: this.#domain, type, ttl: this.#ttl, data: this.#serverName }], always, additionals);
  }

  #nameServer(name: string, labels: string[], type: string): ZoneAnswer {
    const { serviceAddress } = this.#options;
    if (labels.length === 0) return this.#found(nothing);
    if (name !== this.#serverName || !serviceAddress) return this.#missing();
    const record = addressRecord(name, serviceAddress, this.#ttl);
    return this.#found(record.type === type ? [record] : nothing);
  }

  #reverseAnswer(name: string, type: string): ZoneAnswer | undefined {
    const address = addressOfReverseName(name);
    if (address === undefined) return undefined;
    const names = this.#index.namesOf(canonicalAddress(address));
    const freshness = this.#index.addressFreshness;
    if (names.length > 0) {
      const answers = names.map((data): DnsRecord => ({ name, type: "PTR", ttl: this.#ttl, data }));
      return this.#found(type === "PTR" ? answers : nothing, freshness);
    }
    const own = this.#reverse.find(({ range }) => isIP(address) === 4 && range.check(address));
    return own && this.#missing(freshness, own.zone);
  }

  #found(answers: DnsRecord[], freshness: Freshness = always, additionals: DnsRecord[] = nothing): ZoneAnswer {
    const authorities = answers.length > 0 ? nothing : [this.#soa(this.#domain)];
    return { rcode: "NOERROR", answers, additionals, authorities, freshness };
  }

  #missing(freshness: Freshness = always, zone = this.#domain): ZoneAnswer {
    return { rcode: "NXDOMAIN", answers: nothing, additionals: nothing, authorities: [this.#soa(zone)], freshness };
  }

  #soa(name: string): DnsRecord {
    const minimum = this.#ttl;
    const times = { serial: 1, refresh: 7200, retry: 1800, expire: 86_400, minimum };
    return {
      name,
      type: "SOA",
      ttl: minimum,
      data: { mname: this.#serverName, rname: `hostmaster.${this.#domain}`, ...times },
    };
  }

  get #serverName(): string {
    return `ns.dns.${this.#domain}`;
  }

  get #ttl(): number {
    return this.#options.ttlSeconds;
  }
}

/** A set of addresses from ranges such as `10.244.0.0/16`. */
export function blockListOf(ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [ip = "", length] = range.split("/");
    const family = isIP(ip) === 6 ? "ipv6" : "ipv4";
    list.addSubnet(ip, Number(length ?? (family === "ipv6" ? 128 : 32)), family);
  }
  return list;
}
