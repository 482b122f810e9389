import { createHash } from "node:crypto";
import { isIP, isIPv6 } from "node:net";
import type { Namespace } from "../../../gen/typernetes/core/v1/namespace.ts";
import type {
  IPBlock,
  NetworkPolicy,
  NetworkPolicyPeer,
  NetworkPolicyPort,
} from "../../../gen/typernetes/networking/v1/network_policy.ts";
import { labelMatcherOf } from "../../../lib/api/label-selector.ts";
import { dnsPort, type PolicedPod } from "./policed-pod.ts";
import { emptyPolicyTable, type NamedSet, type PolicyTable } from "./policy-table.ts";

/** What a policy table is made from. */
export interface PolicyFacts {
  policies: NetworkPolicy[];
  /** Of all nodes. */
  pods: PolicedPod[];
  namespaces: Namespace[];
  /** The node whose pods are guarded. */
  nodeName: string;
  /** Addresses by which the node's own processes reach its pods through the forwarding path. */
  hostAddresses: string[];
}

type Direction = "ingress" | "egress";

/** How nft speaks of an IP version, and what the names of its sets end with. */
interface Family {
  ip: "ip" | "ip6";
  address: string;
  suffix: "" | "6";
  has(ip: string): boolean;
}

const four: Family = { ip: "ip", address: "ipv4_addr", suffix: "", has: (ip) => !isIPv6(ip) };
const six: Family = { ip: "ip6", address: "ipv6_addr", suffix: "6", has: isIPv6 };

/** The table that enforces the policies for the pods of one node. */
export function buildPolicyTable(facts: PolicyFacts): PolicyTable {
  return new Builder(facts).build();
}

class Builder {
  readonly #facts: PolicyFacts;
  readonly #podsByNamespace = new Map<string, PolicedPod[]>();
  readonly #table = emptyPolicyTable();
  /** Those that pods have. */
  readonly #families: readonly Family[];

  constructor(facts: PolicyFacts) {
    this.#facts = facts;
    this.#families = facts.pods.some(({ ips }) => ips.some(isIPv6)) ? [four, six] : [four];
    for (const pod of facts.pods) {
      const others = this.#podsByNamespace.get(pod.namespace);
      if (others) others.push(pod);
      else this.#podsByNamespace.set(pod.namespace, [pod]);
    }
  }

  build(): PolicyTable {
    const selves = new Set<string>();
    const verdicts = { ingress: new Map<string, string>(), egress: new Map<string, string>() };
    for (const direction of ["ingress", "egress"] as const) {
      for (const [pod, policies] of this.#selected(direction)) {
        const chain = this.#chain(direction, policies);
        for (const ip of pod.ips) {
          verdicts[direction].set(ip, `jump ${chain}`);
          selves.add(ip);
        }
      }
    }
    if (this.#table.chains.size === 0) return emptyPolicyTable();
    for (const { address, suffix, has } of [four, six]) {
      this.#set(`hosts${suffix}`, address, this.#facts.hostAddresses.filter(has));
      // No pod can be kept from itself, also not by way of a service.
      this.#set(
        `selves${suffix}`,
        `${address} . ${address}`,
        [...selves].filter(has).map((ip) => `${ip} . ${ip}`),
      );
      for (const [name, all] of Object.entries(verdicts)) {
        const elements = new Map([...all].filter(([ip]) => has(ip)));
        this.#table.sets.set(`${name}${suffix}`, { kind: "map", type: `${address} : verdict`, elements });
      }
    }
    return this.#table;
  }

  /** The node's pods with the policies that are about them. */
  #selected(direction: Direction): Map<PolicedPod, NetworkPolicy[]> {
    const selected = new Map<PolicedPod, NetworkPolicy[]>();
    for (const policy of this.#facts.policies) {
      if (!concerns(policy, direction)) continue;
      const matcher = labelMatcherOf(policy.spec?.podSelector ?? {});
      for (const pod of this.#podsByNamespace.get(policy.metadata?.namespace ?? "") ?? []) {
        if (pod.nodeName !== this.#facts.nodeName || !matcher.matches(pod.labels)) continue;
        selected.set(pod, [...(selected.get(pod) ?? []), policy]);
      }
    }
    return selected;
  }

  /** The chain of the pods with just these policies: what none of them allows is dropped. */
  #chain(direction: Direction, policies: NetworkPolicy[]): string {
    const allowed = new Set(policies.flatMap((policy) => this.#allowances(direction, policy)));
    const rules = [...allowed].sort();
    rules.push("drop");
    const name = `${direction}-${digest(rules.join("\n"))}`;
    this.#table.chains.set(name, rules);
    return name;
  }

  #allowances(direction: Direction, { metadata, spec }: NetworkPolicy): string[] {
    const rules =
      direction === "ingress"
        ? (spec?.ingress ?? []).map(({ from = [], ports = [] }) => ({ peers: from, ports }))
        : (spec?.egress ?? []).map(({ to = [], ports = [] }) => ({ peers: to, ports }));
    const address = direction === "ingress" ? "saddr" : "daddr";
    return rules.flatMap(({ peers, ports }) => {
      const peerMatches =
        peers.length === 0 ? [""] : peers.flatMap((peer) => this.#peer(address, peer, metadata?.namespace ?? ""));
      const portMatches = ports.length === 0 ? [""] : ports.flatMap((port) => this.#port(port));
      return peerMatches.flatMap((peer) =>
        portMatches.filter((port) => goTogether(peer, port)).map((port) => `${peer}${port}return`),
      );
    });
  }

  #peer(address: string, peer: NetworkPolicyPeer, namespace: string): string[] {
    if (peer.ipBlock) return blockMatches(address, peer.ipBlock);
    const { podSelector, namespaceSelector } = peer;
    const place = namespaceSelector ? { namespaceSelector } : { namespace };
    const key = digest(JSON.stringify([place, podSelector ?? {}]));
    return this.#families.map((family) => {
      const name = `pods${family.suffix}-${key}`;
      if (!this.#table.sets.has(name)) {
        const matcher = labelMatcherOf(podSelector ?? {});
        const pods = this.#podsIn(peer, namespace).filter(({ labels }) => matcher.matches(labels));
        const ips = pods.flatMap((pod) => pod.ips.filter(family.has));
        this.#set(name, family.address, ips);
      }
      return `${family.ip} ${address} @${name} `;
    });
  }

  #podsIn({ namespaceSelector }: NetworkPolicyPeer, namespace: string): PolicedPod[] {
    if (!namespaceSelector) return this.#podsByNamespace.get(namespace) ?? [];
    const matcher = labelMatcherOf(namespaceSelector);
    return this.#facts.namespaces
      .filter(({ metadata }) => matcher.matches(metadata?.labels ?? {}))
      .flatMap(({ metadata }) => this.#podsByNamespace.get(metadata?.name ?? "") ?? []);
  }

  #port({ protocol = "TCP", port, endPort }: NetworkPolicyPort): string[] {
    const word = protocol.toLowerCase();
    if (!["tcp", "udp", "sctp"].includes(word)) return [];
    if (port === undefined) return [`meta l4proto ${word} `];
    const named = (key: string) =>
      this.#families.map(
        (family) => `${family.ip} daddr . meta l4proto . th dport @${this.#namedPort(key, word, family)} `,
      );
    if (typeof port !== "number") return named(`${protocol} ${port}`);
    const names = `${protocol} ${dnsPort}`;
    const isDns =
      port <= dnsPort && dnsPort <= (endPort ?? port) && this.#facts.pods.some(({ ports }) => ports.has(names));
    return [`${word} dport ${endPort ? `${port}-${endPort}` : port} `, ...(isDns ? named(names) : [])];
  }

  /** Where a port's name leads differs from pod to pod. */
  #namedPort(key: string, protocol: string, { address, suffix, has }: Family): string {
    const name = `ports${suffix}-${digest(key)}`;
    if (!this.#table.sets.has(name)) {
      const elements = this.#facts.pods.flatMap(({ ips, ports }) =>
        ips.filter(has).flatMap((ip) => (ports.get(key) ?? []).map((port) => `${ip} . ${protocol} . ${port}`)),
      );
      this.#set(name, `${address} . inet_proto . inet_service`, elements);
    }
    return name;
  }

  #set(name: string, type: string, keys: Iterable<string>): void {
    const elements = new Map([...keys].map((key): [string, string] => [key, ""]));
    this.#table.sets.set(name, { kind: "set", type, elements } satisfies NamedSet);
  }
}

/** Whether two matches are of one IP version, or one of them is of any. */
function goTogether(one: string, other: string): boolean {
  const versions = [one, other].map((match) =>
    /^(?:ip6|meta nfproto ipv6)/.test(match) ? 6 : /^(?:ip|meta nfproto ipv4)/.test(match) ? 4 : 0,
  );
  return versions.includes(0) || versions[0] === versions[1];
}

function concerns({ spec }: NetworkPolicy, direction: Direction): boolean {
  const types = spec?.policyTypes ?? [];
  if (types.length > 0) return types.includes(direction === "ingress" ? "Ingress" : "Egress");
  return direction === "ingress" || (spec?.egress ?? []).length > 0;
}

function blockMatches(address: string, { cidr = "", except = [] }: IPBlock): string[] {
  const version = versionOf(cidr);
  if (version === 0) return [];
  const field = `${version === 6 ? "ip6" : "ip"} ${address}`;
  const left = except.filter((range) => versionOf(range) === version).map((range) => `${field} != ${range} `);
  const inside = cidr.endsWith("/0") ? `meta nfproto ipv${version} ` : `${field} ${cidr} `;
  return [inside + left.join("")];
}

/** The IP version of a range; 0 when the text is none. */
function versionOf(cidr: string): number {
  const [ip = "", length = "", ...more] = cidr.split("/");
  const version = ip.includes("%") ? 0 : isIP(ip);
  const isRange = more.length === 0 && /^\d{1,3}$/.test(length) && Number(length) <= (version === 6 ? 128 : 32);
  return isRange ? version : 0;
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}
