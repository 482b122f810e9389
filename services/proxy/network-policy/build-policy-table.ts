import { createHash } from "node:crypto";
import { isIPv4 } from "node:net";
import type { Namespace } from "../../../gen/typernetes/core/v1/namespace.ts";
import type {
  IPBlock,
  NetworkPolicy,
  NetworkPolicyPeer,
  NetworkPolicyPort,
} from "../../../gen/typernetes/networking/v1/network_policy.ts";
import { labelMatcherOf } from "../../../lib/api/label-selector.ts";
import type { PolicedPod } from "./policed-pod.ts";
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

/** The table that enforces the policies for the pods of one node. */
export function buildPolicyTable(facts: PolicyFacts): PolicyTable {
  return new Builder(facts).build();
}

class Builder {
  readonly #facts: PolicyFacts;
  readonly #podsByNamespace = new Map<string, PolicedPod[]>();
  readonly #table = emptyPolicyTable();

  constructor(facts: PolicyFacts) {
    this.#facts = facts;
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
          selves.add(`${ip} . ${ip}`);
        }
      }
    }
    if (this.#table.chains.size === 0) return emptyPolicyTable();
    this.#set("hosts", "ipv4_addr", this.#facts.hostAddresses);
    // No pod can be kept from itself, also not by way of a service.
    this.#set("selves", "ipv4_addr . ipv4_addr", selves);
    for (const [name, elements] of Object.entries(verdicts))
      this.#table.sets.set(name, { kind: "map", type: "ipv4_addr : verdict", elements });
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
    const address = direction === "ingress" ? "ip saddr" : "ip daddr";
    return rules.flatMap(({ peers, ports }) => {
      const peerMatches =
        peers.length === 0 ? [""] : peers.flatMap((peer) => this.#peer(address, peer, metadata?.namespace ?? ""));
      const portMatches = ports.length === 0 ? [""] : ports.flatMap((port) => this.#port(port));
      return peerMatches.flatMap((peer) => portMatches.map((port) => `${peer}${port}return`));
    });
  }

  #peer(address: string, peer: NetworkPolicyPeer, namespace: string): string[] {
    if (peer.ipBlock) return blockMatches(address, peer.ipBlock);
    const { podSelector, namespaceSelector } = peer;
    const place = namespaceSelector ? { namespaceSelector } : { namespace };
    const name = `pods-${digest(JSON.stringify([place, podSelector ?? {}]))}`;
    if (!this.#table.sets.has(name)) {
      const matcher = labelMatcherOf(podSelector ?? {});
      const pods = this.#podsIn(peer, namespace).filter(({ labels }) => matcher.matches(labels));
      this.#set(
        name,
        "ipv4_addr",
        pods.flatMap(({ ips }) => ips),
      );
    }
    return [`${address} @${name} `];
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
    if (typeof port === "number") return [`${word} dport ${endPort ? `${port}-${endPort}` : port} `];
    return [`ip daddr . meta l4proto . th dport @${this.#namedPort(`${protocol} ${port}`, word)} `];
  }

  /** Where a port's name leads differs from pod to pod. */
  #namedPort(key: string, protocol: string): string {
    const name = `ports-${digest(key)}`;
    if (!this.#table.sets.has(name)) {
      const elements = this.#facts.pods.flatMap(({ ips, ports }) =>
        ips.flatMap((ip) => (ports.get(key) ?? []).map((port) => `${ip} . ${protocol} . ${port}`)),
      );
      this.#set(name, "ipv4_addr . inet_proto . inet_service", elements);
    }
    return name;
  }

  #set(name: string, type: string, keys: Iterable<string>): void {
    const elements = new Map([...keys].map((key): [string, string] => [key, ""]));
    this.#table.sets.set(name, { kind: "set", type, elements } satisfies NamedSet);
  }
}

function concerns({ spec }: NetworkPolicy, direction: Direction): boolean {
  const types = spec?.policyTypes ?? [];
  if (types.length > 0) return types.includes(direction === "ingress" ? "Ingress" : "Egress");
  return direction === "ingress" || (spec?.egress ?? []).length > 0;
}

/** A block of another family matches no pod. */
function blockMatches(address: string, { cidr = "", except = [] }: IPBlock): string[] {
  if (!isRange(cidr)) return [];
  const left = except.filter(isRange).map((range) => `${address} != ${range} `);
  const inside = cidr.endsWith("/0") ? "meta nfproto ipv4 " : `${address} ${cidr} `;
  return [inside + left.join("")];
}

function isRange(cidr: string): boolean {
  const [ip = "", length = "", ...more] = cidr.split("/");
  return more.length === 0 && isIPv4(ip) && /^\d{1,2}$/.test(length) && Number(length) <= 32;
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}
