import { existsSync } from "node:fs";
import { CommandError, netnsPath, runCommand } from "./command.ts";
import { acceptForwarding, withdrawForwarding } from "./docker-forward.ts";
import { formatIPv4, parseIPv4Range, subRange } from "./ipv4.ts";
import { machineMtu } from "./mtu.ts";
import { kernelNames } from "./names.ts";
import type { NodePlace } from "./pod-network.ts";

/** What a node's network namespace is made from. */
export interface NodeNamespaceOptions {
  /** Identifies the cluster on this machine (its data directory). */
  cluster: string;
  name: string;
  /** From 1; chooses the node's ranges. */
  index: number;
  /** The range of all nodes' addresses, see `findFreeRange`; each node takes a `/24`, such as `172.30.0.0/16`. */
  nodeCIDR: string;
  /** The range of all pods; each node takes a `/24`. */
  clusterCIDR: string;
}

/** A node's network namespace; `remove` takes namespace, link, routes and rules away. */
export interface NodeNamespace extends NodePlace {
  netns: string;
  remove(): Promise<void>;
}

/**
 * Makes (or finds again) a network namespace for a node, linked to the machine by a veth pair and routes: the machine,
 * the nodes and the pods of all nodes reach each other. The node's address is the second of its range.
 */
export async function createNodeNamespace(options: NodeNamespaceOptions): Promise<NodeNamespace> {
  const { name, index } = options;
  const names = kernelNames(options.cluster);
  const netns = names.netns(name);
  const link = names.nodeLink(index);
  const nodeRange = subRange(options.nodeCIDR, 24, index);
  const podCIDR = subRange(options.clusterCIDR, 24, index);
  const { first } = parseIPv4Range(nodeRange);
  const machineIP = formatIPv4(first + 1);
  const internalIP = formatIPv4(first + 2);
  const place: NodeNamespace = { netns, internalIP, podCIDR, remove: () => removeNodeNamespace(netns, link) };
  if (await isLinked(netns, link)) return place;
  await removeNodeNamespace(netns, link);
  const mtu = machineMtu();
  await runCommand(["ip", "netns", "add", netns]);
  try {
    await runCommand(["ip", "-batch", "-"], {
      input: [
        `link add ${link} mtu ${mtu} type veth peer name eth0 mtu ${mtu} netns ${netns}`,
        `addr add ${machineIP}/24 dev ${link}`,
        `link set ${link} up`,
      ].join("\n"),
    });
    const inside = ["link set lo up", `addr add ${internalIP}/24 dev eth0`, "link set eth0 up"];
    inside.push(`route add default via ${machineIP}`);
    const settings = "echo 1 > /proc/sys/net/ipv4/ip_forward; exec ip -batch -";
    await runCommand(["sh", "-ec", settings], { netns, input: inside.join("\n") });
    await Promise.all([
      runCommand(["ip", "route", "add", podCIDR, "via", internalIP, "dev", link]),
      runCommand(["sh", "-ec", "echo 1 > /proc/sys/net/ipv4/ip_forward"]),
      runCommand(["nft", "-f", "-"], { input: machineTable(link, nodeRange, names.prefix) }),
      acceptForwarding(link),
    ]);
  } catch (error) {
    await place.remove();
    throw error;
  }
  return place;
}

/** Takes away one node's namespace with everything in it; succeeds when there is nothing. */
async function removeNodeNamespace(netns: string, link: string): Promise<void> {
  await ignoreFailure(runCommand(["ip", "link", "del", link]));
  if (existsSync(netnsPath(netns))) await runCommand(["ip", "netns", "del", netns]);
  await ignoreFailure(runCommand(["nft", "delete", "table", "ip", link]));
  await withdrawForwarding((device) => device === link);
}

async function isLinked(netns: string, link: string): Promise<boolean> {
  if (!existsSync(netnsPath(netns)) || !existsSync(`/sys/class/net/${link}`)) return false;
  const routes = await runCommand(["ip", "route", "show", "default"], { netns });
  return routes.includes("default");
}

/** What leaves the cluster for elsewhere takes the machine's own address. */
function machineTable(link: string, nodeRange: string, prefix: string): string {
  return `add table ip ${link}
delete table ip ${link}
table ip ${link} {
  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept;
    ip saddr ${nodeRange} oifname != "${prefix}*" masquerade
  }
}
`;
}

async function ignoreFailure(command: Promise<string>): Promise<void> {
  await command.catch((error: unknown) => {
    if (!(error instanceof CommandError)) throw error;
  });
}
