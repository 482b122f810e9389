import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findFreeRange, routedRanges } from "../kubelet/network/free-range.ts";
import type { MachinePowers } from "./machine-powers.ts";

/** The address ranges of a cluster. */
export interface Ranges {
  /** All pods; each node takes a `/24`. */
  pods: string;
  services: string;
  /** The nodes' own addresses, where they live in network namespaces. */
  nodes: string;
}

/** Ranges for pods and services where nothing can be programmed into the kernel: parts of 127.0.0.0/8. */
const loopbackRanges: Ranges = { pods: "127.64.0.0/12", services: "127.96.0.0/16", nodes: "127.0.0.0/24" };

const candidates = (second: number[], prefix: number) => second.map((octet) => `10.${octet}.0.0/${prefix}`);

const podCandidates = candidates([244, 245, 246, 247, 242], 16);
const serviceCandidates = candidates([96, 97, 98, 99, 100], 16);

/** The cluster's ranges: chosen free of the machine's routes at the first start, the same ever after. */
export async function clusterRanges(dataDir: string, powers: Promise<MachinePowers>): Promise<Ranges> {
  const [kernelFile, loopbackFile] = [join(dataDir, "ranges.json"), join(dataDir, "ranges-loopback.json")];
  // Looked for while the machine is still being tried.
  const free = existsSync(kernelFile) ? undefined : freeRanges();
  free?.catch(() => {});
  const { kernel } = await powers;
  const file = kernel ? kernelFile : loopbackFile;
  if (existsSync(file)) return readRanges(file);
  const ranges = kernel && free ? await free : loopbackRanges;
  writeFileSync(file, JSON.stringify(ranges));
  return ranges;
}

async function freeRanges(): Promise<Ranges> {
  const routed = routedRanges();
  const [pods, nodes] = await Promise.all([
    findFreeRange(podCandidates, routed),
    findFreeRange(["172.30.0.0/16", "172.29.0.0/16", "172.28.0.0/16", "172.27.0.0/16"], routed),
  ]);
  // Services have no routes by which another cluster's would be seen: each cluster takes those that go with its pods.
  const index = podCandidates.indexOf(pods);
  const own = [...serviceCandidates.slice(index), ...serviceCandidates.slice(0, index)];
  const services = await findFreeRange(own, routed);
  return { pods, services, nodes };
}

function readRanges(file: string): Ranges {
  try {
    const { pods, services, nodes }: Partial<Ranges> = JSON.parse(readFileSync(file, "utf8"));
    if (pods && services && nodes) return { pods, services, nodes };
  } catch (cause) {
    throw damaged(file, cause);
  }
  throw damaged(file);
}

function damaged(file: string, cause?: unknown): Error {
  return new Error(`${file} is damaged: remove it, and the cluster chooses its ranges again`, { cause });
}
