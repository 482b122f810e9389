import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findFreeRange } from "../kubelet/network/free-range.ts";

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

/** The cluster's ranges: chosen free of the machine's routes at the first start, the same ever after. */
export async function clusterRanges(dataDir: string, privileged: boolean): Promise<Ranges> {
  const file = join(dataDir, privileged ? "ranges.json" : "ranges-loopback.json");
  if (existsSync(file)) return readRanges(file);
  const ranges = privileged ? await freeRanges() : loopbackRanges;
  writeFileSync(file, JSON.stringify(ranges));
  return ranges;
}

async function freeRanges(): Promise<Ranges> {
  const [pods, services, nodes] = await Promise.all([
    findFreeRange(candidates([244, 245, 246, 247, 242], 16)),
    findFreeRange(candidates([96, 97, 98, 99, 100], 16)),
    findFreeRange(["172.30.0.0/16", "172.29.0.0/16", "172.28.0.0/16", "172.27.0.0/16"]),
  ]);
  return { pods, services, nodes };
}

function readRanges(file: string): Ranges {
  const { pods, services, nodes }: Partial<Ranges> = JSON.parse(readFileSync(file, "utf8"));
  if (!pods || !services || !nodes)
    throw new Error(`${file} is damaged: remove it, and the cluster chooses its ranges again`);
  return { pods, services, nodes };
}
