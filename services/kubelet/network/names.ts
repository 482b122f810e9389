import { createHash } from "node:crypto";

/**
 * Names of what a cluster makes in the kernel. All begin with `tn` and five characters derived from the cluster's
 * identity (its data directory), so that leftovers are found by name; device names have at most 15 characters.
 */
export interface KernelNames {
  /** What every name of this cluster begins with. */
  prefix: string;
  /** A node's bridge; also the name of its nftables table. */
  bridge(nodeName: string): string;
  /** The node's end of a pod's veth pair. */
  podLink(sandboxId: string): string;
  /** The machine's end of a node's veth pair; also the name of the machine's nftables table for that node. */
  nodeLink(index: number): string;
  /** The device with the machine's address, where it has no other. */
  machine: string;
  /** A node's network namespace. */
  netns(nodeName: string): string;
}

/** The kernel names of the cluster that is identified by `cluster`, such as its data directory. */
export function kernelNames(cluster: string): KernelNames {
  const prefix = `tn${digest(cluster, 5)}`;
  return {
    prefix,
    bridge: (nodeName) => `${prefix}b${digest(nodeName, 7)}`,
    podLink: (sandboxId) => `${prefix}v${digest(sandboxId, 7)}`,
    nodeLink: (index) => `${prefix}n${index}`,
    machine: `${prefix}m`,
    netns: (nodeName) => `${prefix}-${nodeName}`,
  };
}

function digest(text: string, length: number): string {
  const number = createHash("sha256").update(text).digest().readBigUInt64BE();
  return number.toString(36).padStart(length, "0").slice(-length);
}
