import { isIPv6, SocketAddress } from "node:net";
import type { Endpoint, ServicePortEntry, ServiceTable } from "../backend.ts";
import { checkEntry } from "../check-entry.ts";

/** IP version; each has its own maps in the table. */
export type Family = 4 | 6;

/** One place where connections arrive, and the endpoints that share them: the unit that is programmed and compared. */
export interface Frontend {
  family: Family;
  kind: "address" | "nodePort";
  /** Whether it is for clients on this node and in pods only, who have other endpoints there than those from outside. */
  inside: boolean;
  /** The key of its elements in nft's words: `10.96.0.1 . tcp . 80`, or `tcp . 30080`. */
  match: string;
  /** The same without the protocol: `10.96.0.1 . 80`, or `30080`. */
  matchInProtocol: string;
  protocol: string;
  /** Endpoints in nft's words: `10.244.0.5 . 8080`, without repetition. */
  endpoints: string[];
  affinitySeconds?: number;
  /** Ranges of its family, one of which clients must be in; absent where any client may come. */
  sourceRanges?: string[];
  /** Whether endpoints see the node as the client, so that answers come back through it. */
  masquerade: boolean;
}

/** Names a frontend among those of both families and kinds. */
export function frontendKey(family: Family, match: string, inside = false): string {
  return `${family} ${inside ? "inside " : ""}${match}`;
}

/**
 * The frontends of a table by key. Where two claim the same key the first one in the table gets it, and `onConflict` hears of the other.
 * @throws Error naming the entry that is malformed: what is not checked would be read as nft's language.
 */
export function frontendsOf(table: ServiceTable, onConflict: (message: string) => void): Map<string, Frontend> {
  const frontends = new Map<string, Frontend>();
  for (const entry of table.ports) {
    for (const frontend of frontendsOfEntry(entry)) {
      const key = frontendKey(frontend.family, frontend.match, frontend.inside);
      if (frontends.has(key)) onConflict(`${entry.id}: ${frontend.match} already belongs to another service`);
      else frontends.set(key, frontend);
    }
  }
  return frontends;
}

const known = new WeakMap<ServicePortEntry, Frontend[]>();

function frontendsOfEntry(entry: ServicePortEntry): Frontend[] {
  let frontends = known.get(entry);
  if (!frontends) {
    checkEntry(entry);
    frontends = makeFrontends(entry);
    known.set(entry, frontends);
  }
  return frontends;
}

function makeFrontends(entry: ServicePortEntry): Frontend[] {
  const protocol = entry.protocol.toLowerCase();
  const inside = endpointsByFamily(entry.endpoints);
  const outside = entry.externalEndpoints ? endpointsByFamily(entry.externalEndpoints) : inside;
  const affinity = entry.affinitySeconds === undefined ? {} : { affinitySeconds: entry.affinitySeconds };
  const guard = (family: Family) => {
    const ranges = (entry.sourceRanges ?? []).filter((range) => familyOf(range.split("/")[0] ?? "") === family);
    const isOpen = ranges.length === 0 || ranges.some((range) => range.endsWith("/0"));
    return isOpen ? {} : { sourceRanges: ranges };
  };
  const frontend = (family: Family, ip: string | undefined, port: number, fromOutside: boolean): Frontend => ({
    family,
    inside: false,
    kind: ip === undefined ? "nodePort" : "address",
    match: `${ip === undefined ? "" : `${ip} . `}${protocol} . ${port}`,
    matchInProtocol: `${ip === undefined ? "" : `${ip} . `}${port}`,
    protocol,
    endpoints: (fromOutside ? outside : inside)[family],
    masquerade: fromOutside && !entry.externalEndpoints,
    ...affinity,
    ...(fromOutside && ip !== undefined ? guard(family) : {}),
  });
  const atAddress = (ip: string, fromOutside: boolean) => {
    const family = familyOf(ip);
    return frontend(family, canonical(ip, family), entry.port, fromOutside);
  };
  const { nodePort } = entry;
  /** Who is in the cluster need not come by a node that has endpoints: for them it is as if they asked inside. */
  const withInside = (one: Frontend): Frontend[] =>
    entry.externalEndpoints ? [one, { ...one, inside: true, endpoints: inside[one.family] }] : [one];
  return [
    ...entry.addresses.map((ip) => atAddress(ip, false)),
    ...(entry.externalAddresses ?? []).flatMap((ip) => withInside(atAddress(ip, true))),
    ...(nodePort === undefined
      ? []
      : nodePortFamilies(entry).flatMap((family) => withInside(frontend(family, undefined, nodePort, true)))),
  ];
}

/** A node port speaks the families of its service's addresses. */
function nodePortFamilies(entry: ServicePortEntry): readonly Family[] {
  if (entry.nodePortFamilies) return entry.nodePortFamilies;
  const families = new Set([...entry.addresses, ...(entry.externalAddresses ?? [])].map(familyOf));
  return families.size === 0 ? [4] : [...families];
}

function endpointsByFamily(endpoints: Endpoint[]): Record<Family, string[]> {
  const sets = { 4: new Set<string>(), 6: new Set<string>() };
  for (const { ip, port } of endpoints) {
    const family = familyOf(ip);
    sets[family].add(`${canonical(ip, family)} . ${port}`);
  }
  return { 4: [...sets[4]], 6: [...sets[6]] };
}

function familyOf(ip: string): Family {
  return isIPv6(ip) ? 6 : 4;
}

/** One spelling per address, the one that nft and conntrack print. */
function canonical(ip: string, family: Family): string {
  return family === 4 ? ip : new SocketAddress({ address: ip, family: "ipv6" }).address;
}
