import { createHash } from "node:crypto";
import type { Family, Frontend } from "./frontend.ts";

/** More endpoints of one service than this cannot be told apart by the maps. */
export const slotsMax = 65_536;

const families: Record<Family, { ip: string; address: string; nfproto: string }> = {
  4: { ip: "ip", address: "ipv4_addr", nfproto: "ipv4" },
  6: { ip: "ip6", address: "ipv6_addr", nfproto: "ipv6" },
};

/** A chain that each table of a proxy has, and no other table. */
export const incomingChain = "balance-incoming";

const natProtocols = ["tcp", "udp", "sctp"];

/**
 * Everything in the table that does not depend on the services: the maps and the few rules that look them up. A packet
 * that opens a connection costs the same handful of hash lookups however many services there are; later packets cost none.
 *
 *   services4[address . protocol . port]  → pick-tcp4-N | stick4-N     (N: number of endpoints)
 *   inservices4, in…: the same for clients on the node and in pods, where those from outside have other endpoints
 *   pick-tcp4-N:  tcpendpoints4[… . random below N]  → DNAT
 *   stick4-N:     sticky4[… . random below N]        → to4-…: remembers its endpoint for the client unless one is remembered, DNATs to the remembered
 */
export function skeleton(table: string, podRanges: readonly string[]): string {
  const fromPods = (chain: string) =>
    podRanges.map((range) => `    ${range.includes(":") ? "ip6" : "ip"} saddr ${range} jump ${chain}\n`).join("");
  return `add table inet ${table}
delete table inet ${table}
table inet ${table} {
${familyMaps(4)}${familyMaps(6)}
  chain refuse {
    meta l4proto tcp reject with tcp reset
    reject
  }
  chain refusals {
    ct state != new return
${familyRefusals(4)}${familyRefusals(6)}  }
  chain inside-refusals {
    ct state != new return
${familyRefusals(4, "in")}${familyRefusals(6, "in")}${familyServed(4)}${familyServed(6)}  }
  chain refuse-incoming { type filter hook prerouting priority dstnat - 10; policy accept;
${fromPods("inside-refusals")}    jump refusals
  }
  chain refuse-outgoing { type filter hook output priority -110; policy accept; jump inside-refusals; jump refusals; }
  chain guard {
    ct state != new return
    ip daddr . meta l4proto . th dport vmap @guards4
    ip6 daddr . meta l4proto . th dport vmap @guards6
  }
  chain guard-incoming { type filter hook prerouting priority dstnat - 12; policy accept; jump guard; }
  chain guard-outgoing { type filter hook output priority -112; policy accept; jump guard; }
  chain balance {
${familyBalance(4)}${familyBalance(6)}  }
  chain balance-inside {
${familyBalance(4, "in")}${familyBalance(6, "in")}  }
  chain ${incomingChain} { type nat hook prerouting priority dstnat - 5; policy accept;
${fromPods("balance-inside")}    jump balance
  }
  chain balance-outgoing { type nat hook output priority -105; policy accept; jump balance-inside; jump balance; }
  chain masquerade-it { masquerade fully-random; }
  chain return-path { type nat hook postrouting priority srcnat - 5; policy accept;
    oifname "lo" accept
    ct status & dnat != dnat accept
    ip saddr 127.0.0.0/8 goto masquerade-it
${familyReturnPath(4)}${familyReturnPath(6)}  }
  chain loopback-guard { type filter hook prerouting priority raw; policy accept;
    iifname != "lo" ip daddr 127.0.0.0/8 drop
  }
}
`;
}

/** What begins the names of the maps for clients on the node and in pods. */
type Scope = "" | "in";

function familyMaps(family: Family): string {
  const { address } = families[family];
  return `
${balanceMaps(family, "")}${balanceMaps(family, "in")}  set served${family} { type ${address} . inet_proto . inet_service; }
  set nodeserved${family} { type inet_proto . inet_service; }
  map guards${family} { type ${address} . inet_proto . inet_service : verdict; }
  map origins${family} { type ${address} . inet_proto . inet_service : verdict; }
  set nodemasquerade${family} { type inet_proto . inet_service; }
  set hairpin${family} { type ${address} . ${address}; }
`;
}

// Endpoints have a map per protocol: nft 1.0.6 understands a `typeof` with ports to which it translates only so.
function balanceMaps(family: Family, scope: Scope): string {
  const { ip, address } = families[family];
  const slot = `numgen random mod ${slotsMax}`;
  const endpointMaps = natProtocols.map(
    (
      protocol,
    ) => `  map ${scope}${protocol}endpoints${family} { typeof ${ip} daddr . ${protocol} dport . ${slot} : ${ip} daddr . ${protocol} dport; }
  map ${scope}node${protocol}endpoints${family} { typeof ${protocol} dport . ${slot} : ${ip} daddr . ${protocol} dport; }
`,
  );
  return `  map ${scope}services${family} { type ${address} . inet_proto . inet_service : verdict; }
${endpointMaps.join("")}  map ${scope}sticky${family} { typeof ${ip} daddr . meta l4proto . th dport . ${slot} : verdict; }
  set ${scope}refused${family} { type ${address} . inet_proto . inet_service; }
  map ${scope}nodeports${family} { type inet_proto . inet_service : verdict; }
  map ${scope}nodesticky${family} { typeof meta l4proto . th dport . ${slot} : verdict; }
  set ${scope}noderefused${family} { type inet_proto . inet_service; }
`;
}

function familyRefusals(family: Family, scope: Scope = ""): string {
  const { ip, nfproto } = families[family];
  return `    ${ip} daddr . meta l4proto . th dport @${scope}refused${family} goto refuse
    meta nfproto ${nfproto} meta l4proto . th dport @${scope}noderefused${family} fib daddr type local goto refuse
`;
}

/** What clients from outside are refused. */
function familyServed(family: Family): string {
  const { ip, nfproto } = families[family];
  return `    ${ip} daddr . meta l4proto . th dport @served${family} accept
    meta nfproto ${nfproto} meta l4proto . th dport @nodeserved${family} fib daddr type local accept
`;
}

function familyBalance(family: Family, scope: Scope = ""): string {
  const { ip, nfproto } = families[family];
  return `    ${ip} daddr . meta l4proto . th dport vmap @${scope}services${family}
    meta nfproto ${nfproto} fib daddr type local meta l4proto . th dport vmap @${scope}nodeports${family}
`;
}

function familyReturnPath(family: Family): string {
  const { ip, nfproto } = families[family];
  const byProtocol = natProtocols.flatMap((protocol) => [
    `    meta l4proto ${protocol} ct original ${ip} daddr . meta l4proto . ct original proto-dst vmap @origins${family}`,
    `    meta nfproto ${nfproto} meta l4proto ${protocol} meta l4proto . ct original proto-dst @nodemasquerade${family} goto masquerade-it`,
  ]);
  return `    ${ip} saddr . ${ip} daddr @hairpin${family} goto masquerade-it\n${byProtocol.join("\n")}\n`;
}

/** The names of the maps that a frontend's elements live in. */
export function mapsFor({ kind, inside, family, protocol }: FrontendClass) {
  const node = kind === "nodePort" ? "node" : "";
  const scope: Scope = inside ? "in" : "";
  return {
    verdicts: `${scope}${kind === "nodePort" ? "nodeports" : "services"}${family}`,
    endpoints: `${scope}${node}${protocol}endpoints${family}`,
    sticky: `${scope}${node}sticky${family}`,
    refused: `${scope}${node}refused${family}`,
    served: `${node}served${family}`,
  };
}

/** What decides in which maps a frontend's elements live and by which chains they are looked up. */
export type FrontendClass = Pick<Frontend, "kind" | "inside" | "family" | "protocol">;

/** A chain that is made when the first frontend needs it: its name tells everything about it. */
export interface Chain {
  name: string;
  rules: string[];
}

/** Drops clients that are in none of `ranges`. */
export function guardChain(family: Family, ranges: string[]): Chain {
  const { ip } = families[family];
  const digest = createHash("sha256").update(ranges.join()).digest("hex").slice(0, 16);
  return { name: `guard${family}-${digest}`, rules: [...ranges.map((range) => `${ip} saddr ${range} return`), "drop"] };
}

/** Picks one of `count` endpoints at random. */
export function pickChain(frontend: FrontendClass, count: number): Chain {
  const { kind, inside, family, protocol } = frontend;
  const { ip, nfproto } = families[family];
  const scope: Scope = inside ? "in" : "";
  const lookup = `${protocol} dport . numgen random mod ${count} map @${mapsFor(frontend).endpoints}`;
  return kind === "address"
    ? { name: `${scope}pick-${protocol}${family}-${count}`, rules: [`dnat ${ip} to ${ip} daddr . ${lookup}`] }
    : {
        name: `${scope}nodepick-${protocol}${family}-${count}`,
        rules: [`meta nfproto ${nfproto} dnat ${ip} to ${lookup}`],
      };
}

/** Picks one of `count` endpoints at random for clients that are not remembered. */
export function stickChain(frontend: FrontendClass, count: number): Chain {
  const { kind, inside, family } = frontend;
  const { ip } = families[family];
  const scope: Scope = inside ? "in" : "";
  const lookup = `meta l4proto . th dport . numgen random mod ${count} vmap @${mapsFor(frontend).sticky}`;
  return kind === "address"
    ? { name: `${scope}stick${family}-${count}`, rules: [`${ip} daddr . ${lookup}`] }
    : { name: `${scope}nodestick${family}-${count}`, rules: [lookup] };
}

/** A map from the clients of one frontend to a part of the endpoint that each keeps. At most 65,535 are remembered. */
export interface AffinityMap {
  name: string;
  type: string;
  /** Takes the part out of an endpoint such as `10.244.0.5 . 8080`. */
  part(endpoint: string): string;
}

/** The maps that together remember the endpoints of a frontend's clients. */
export function affinityMaps(frontend: Pick<Frontend, "family" | "match" | "inside">): AffinityMap[] {
  const { address } = families[frontend.family];
  const name = nameOf(frontend);
  if (frontend.family === 4) {
    return [{ name: `clients4-${name}`, type: `${address} : ${address} . inet_service`, part: (endpoint) => endpoint }];
  }
  // nft 1.0.6 aborts where a key or a value that is remembered is larger than an IPv6 address.
  return [
    { name: `clients6-${name}`, type: `${address} : ${address}`, part: (endpoint) => endpoint.split(" . ")[0] ?? "" },
    {
      name: `clientports6-${name}`,
      type: `${address} : inet_service`,
      part: (endpoint) => endpoint.split(" . ")[1] ?? "",
    },
  ];
}

/** Sends a connection to the endpoint remembered for its client; where none is, `endpoint` is remembered and taken. */
export function toChain(frontend: Frontend, endpoint: string, affinitySeconds: number): Chain {
  const { family, protocol } = frontend;
  const { ip } = families[family];
  const [address = "", port = ""] = endpoint.split(" . ");
  const maps = affinityMaps(frontend);
  const dnat = `meta l4proto ${protocol} dnat ${ip} to`;
  return {
    name: `to${family}-${nameOf(frontend)}-${address.replaceAll(":", "-")}-${port}-${affinitySeconds}`,
    rules: [
      // `update` leaves the endpoint of a client that is remembered, and only renews its time.
      ...maps.map(
        ({ name, part }) => `update @${name} { ${ip} saddr timeout ${affinitySeconds}s : ${part(endpoint)} }`,
      ),
      `${dnat} ${maps.map(({ name }) => `${ip} saddr map @${name}`).join(" : ")}`,
      // There was no room to remember the client.
      `${dnat} ${family === 6 ? `[${address}]` : address}:${port}`,
    ],
  };
}

function nameOf({ match, inside }: Pick<Frontend, "match" | "inside">): string {
  return (inside ? `in-${match}` : match).replaceAll(" . ", "-").replaceAll(":", "-");
}
