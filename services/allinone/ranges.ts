import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseRange, rangesOverlap } from "../../lib/api/ip-address.ts";
import { routedRanges } from "../kubelet/network/free-range.ts";
import { formatIPv4, parseIPv4Range, subRange } from "../kubelet/network/ipv4.ts";
import { amongKnownClusters, type KnownCluster } from "./known-clusters.ts";
import type { MachinePowers } from "./machine-powers.ts";
import { parseWanted, type WantedRanges } from "./wanted-ranges.ts";

/** The address ranges of a cluster. */
export interface Ranges {
  /** All pods; each node takes a `/24`. */
  pods: string;
  services: string;
  /** The nodes' own addresses, where they live in network namespaces. */
  nodes: string;
  /** The pods' and services' second addresses; absent in a cluster of one family. */
  pods6?: string;
  services6?: string;
  /** From 0; tells apart what clusters of one machine number. */
  slot: number;
}

const slots = 56;
const octets = (first: number, last: number) =>
  Array.from({ length: Math.abs(last - first) + 1 }, (_, index) => first + (last > first ? index : -index));

/** One set of ranges for each cluster of a machine. */
const kernelRanges: Ranges[] = octets(0, slots - 1).map((slot) => ({
  pods: `10.${[...octets(244, 255), ...octets(200, 243)][slot]}.0.0/16`,
  services: `10.${96 + slot}.0.0/16`,
  nodes: `${[...octets(30, 18).map((octet) => `172.${octet}`), ...octets(152, 194).map((octet) => `10.${octet}`)][slot]}.0.0/16`,
  slot,
}));

const loopbackNodes = "127.0.0.0/24";

/** Ranges for pods and services where nothing can be programmed into the kernel: parts of 127.64.0.0/10. */
const loopbackRanges: Ranges[] = [64, 80, 112].map((octet, slot) => ({
  pods: `127.${octet}.0.0/12`,
  services: `127.${96 + slot}.0.0/16`,
  nodes: loopbackNodes,
  slot,
}));

/**
 * The cluster's ranges: chosen at the first start, free of the machine's routes and of all other clusters of the machine;
 * the same ever after. `wanted` takes the place of what would be chosen; for `listDirectory` see `amongKnownClusters`.
 * @throws Error when another cluster that runs has them, or when the cluster was made with others than are wanted.
 */
export async function clusterRanges(
  dataDir: string,
  powers: Promise<MachinePowers>,
  wanted: WantedRanges = {},
  listDirectory?: string,
): Promise<Ranges> {
  const files = ["ranges.json", "ranges-loopback.json"] as const;
  const [kernelFile, loopbackFile] = files;
  // Looked for while the machine is still being tried.
  const routed = existsSync(join(dataDir, kernelFile)) ? undefined : routedRanges();
  routed?.catch(() => {});
  const { kernel } = await powers;
  const fileName = kernel ? kernelFile : loopbackFile;
  const file = join(dataDir, fileName);
  // Also those of the other kind, which it has nothing to do with: they stay in the list.
  const isKnown = (other: string) => files.some((name) => existsSync(join(other, name)));
  const chooseAmong = async (clusters: readonly KnownCluster[]) => {
    const others = clusters.flatMap((cluster) => rangesOf(cluster, fileName));
    if (existsSync(file)) return refuseShared(refuseOthers(readRanges(file), wanted, file), others);
    const candidates = kernel ? kernelRanges : loopbackRanges;
    const chosen = choose(candidates, wanted, others, kernel && routed ? await routed : []);
    writeFileSync(`${file}.new`, JSON.stringify(chosen));
    renameSync(`${file}.new`, file);
    return chosen;
  };
  return amongKnownClusters(dataDir, isKnown, chooseAmong, listDirectory);
}

/** Those of services as the apiserver is told of them. */
export function serviceRanges({ services, services6 }: Ranges): string {
  return services6 ? `${services},${services6}` : services;
}

/** What nodes are told of IPv6. */
export function ipv6Of({ pods6, services6 }: Ranges): { ipv6?: { clusterCIDR: string; serviceCIDR: string } } {
  return pods6 && services6 ? { ipv6: { clusterCIDR: pods6, serviceCIDR: services6 } } : {};
}

export function podRanges({ pods, pods6 }: Ranges): string[] {
  return pods6 ? [pods, pods6] : [pods];
}

/** What of the machine a node in a namespace has on the other end of its link. */
export function machineEnd({ nodes }: Ranges, index: number): string {
  return formatIPv4(parseIPv4Range(subRange(nodes, 24, index)).first + 1);
}

interface OtherRanges extends KnownCluster {
  ranges: Ranges;
}

function rangesOf(cluster: KnownCluster, fileName: string): OtherRanges[] {
  try {
    return [{ ...cluster, ranges: readRanges(join(cluster.dataDir, fileName)) }];
  } catch {
    // Of the other kind; or damaged, of which its own start tells.
    return [];
  }
}

function choose(
  candidates: readonly Ranges[],
  wanted: WantedRanges,
  others: readonly OtherRanges[],
  routed: readonly string[],
): Ranges {
  const own = candidates.map((ranges) => ({ ...ranges, ...parseWanted(wanted) }));
  const isFree = (ranges: Ranges) => !list(ranges).some((range) => routed.some((route) => overlap(range, route)));
  const free = own.filter(isFree);
  // Clusters that do not run get theirs back if that is possible.
  const runningOnly = others.filter(({ runs }) => runs);
  const chosen = [others, runningOnly]
    .map((taken) => free.find((ranges) => !taken.some((other) => collide(ranges, other.ranges))))
    .find((ranges) => ranges !== undefined);
  if (chosen) return chosen;
  const given = Object.values(parseWanted(wanted));
  const what = given.length > 0 ? `the range ${given.join(" or ")}` : "every range for pods and services";
  throw new Error(`${what} is in use on this machine; see "ip route", and --pod-cidr and --service-cidr`);
}

/** The machine's own loopback addresses are everybody's. */
function list({ pods, services, nodes, pods6, services6 }: Ranges): string[] {
  const ranges = [pods, services, nodes, pods6, services6].filter((range) => range !== undefined);
  return ranges.filter((range) => range !== loopbackNodes);
}

function collide(one: Ranges, other: Ranges): boolean {
  if (one.slot === other.slot) return true;
  return list(one).some((range) => list(other).some((another) => overlap(range, another)));
}

function overlap(one: string, other: string): boolean {
  const [left, right] = [one, other].map((range) => parseRange(range.includes("/") ? range : `${range}/32`));
  return left !== undefined && right !== undefined && rangesOverlap(left, right);
}

function refuseShared(ranges: Ranges, others: readonly OtherRanges[]): Ranges {
  const holder = others.find((other) => other.runs && collide(ranges, other.ranges));
  if (!holder) return ranges;
  throw new Error(
    `the cluster of ${holder.dataDir}, which runs, has taken the address ranges of this one: stop it first, with typernetes down --data-dir ${holder.dataDir}`,
  );
}

function refuseOthers(ranges: Ranges, wanted: WantedRanges, file: string): Ranges {
  const asked = Object.entries(parseWanted(wanted));
  const known = new Map(Object.entries(ranges));
  const different = asked.find(([name, range]) => known.get(name) !== range);
  if (!different) return ranges;
  throw new Error(
    `the cluster was made with other ranges, see ${file}: they stay; leave out --pod-cidr and --service-cidr, or choose another --data-dir`,
  );
}

function readRanges(file: string): Ranges {
  try {
    const { pods, services, nodes, slot = 0, ...rest }: Partial<Ranges> = JSON.parse(readFileSync(file, "utf8"));
    if (pods && services && nodes) return { pods, services, nodes, slot, ...rest };
  } catch (cause) {
    throw damaged(file, cause);
  }
  throw damaged(file);
}

function damaged(file: string, cause?: unknown): Error {
  return new Error(`${file} is damaged: remove it, and the cluster chooses its ranges again`, { cause });
}
