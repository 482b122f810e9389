import { existsSync } from "node:fs";
import { CommandError, netnsPath, runCommand } from "./command.ts";
import { acceptForwarding, withdrawForwarding } from "./docker-forward.ts";
import { formatIPv4, parseIPv4Range, subRange } from "./ipv4.ts";
import { addressIn, subRange6 } from "./ipv6.ts";
import { machineMtu } from "./mtu.ts";
import { kernelNames } from "./names.ts";
import type { NodePlace, NodePlace6 } from "./pod-network.ts";

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
  /** In IPv6: the range of all pods, of which each node takes a `/64`, and the nodes themselves the first one; and that of services. */
  ipv6?: { clusterCIDR: string; serviceCIDR: string };
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
  const ipv6 = options.ipv6 && place6(options.ipv6, index);
  const remove = () => removeNodeNamespace(netns, link);
  const place: NodeNamespace = { netns, internalIP, podCIDR, remove, ...(ipv6 && { ipv6 }) };
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
    if (ipv6) await link6(ipv6, netns, link, names.prefix);
  } catch (error) {
    await place.remove();
    throw error;
  }
  return place;
}

function place6(
  ranges: { clusterCIDR: string; serviceCIDR: string },
  index: number,
): NodePlace6 & { internalIP: string } {
  const [nodes, podCIDR] = [subRange6(ranges.clusterCIDR, 0), subRange6(ranges.clusterCIDR, index)];
  return { internalIP: addressIn(nodes, index * 65_536 + 2), podCIDR, ...ranges };
}

async function link6(
  { internalIP, podCIDR, clusterCIDR, serviceCIDR }: NodePlace6 & { internalIP: string },
  netns: string,
  link: string,
  prefix: string,
): Promise<void> {
  const machineIP = internalIP.replace(/2$/, "1");
  const forward = "echo 1 > /proc/sys/net/ipv6/conf/all/forwarding";
  await runCommand(["sh", "-ec", `${forward}; exec ip -batch -`], {
    netns,
    input: `addr add ${internalIP}/112 dev eth0 nodad\nroute add default via ${machineIP} dev eth0`,
  });
  await runCommand(["sh", "-ec", `${forward}; exec ip -batch -`], {
    input: [
      `addr add ${machineIP}/112 dev ${link} nodad`,
      `route add ${podCIDR} via ${internalIP} dev ${link}`,
      `route replace ${serviceCIDR} dev ${link}`,
    ].join("\n"),
  });
  await runCommand(["nft", "-f", "-"], { input: machineTable6(link, clusterCIDR, prefix) });
}

/** Takes away one node's namespace with everything in it; succeeds when there is nothing. */
async function removeNodeNamespace(netns: string, link: string): Promise<void> {
  await ignoreFailure(runCommand(["ip", "link", "del", link]));
  if (existsSync(netnsPath(netns))) await runCommand(["ip", "netns", "del", netns]);
  await ignoreFailure(runCommand(["nft", "delete", "table", "ip", link]));
  await ignoreFailure(runCommand(["nft", "delete", "table", "ip6", link]));
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

function machineTable6(link: string, clusterCIDR: string, prefix: string): string {
  return `add table ip6 ${link}
delete table ip6 ${link}
table ip6 ${link} {
  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept;
    ip6 saddr ${clusterCIDR} ip6 daddr != ${clusterCIDR} oifname != "${prefix}*" masquerade
  }
}
`;
}

async function ignoreFailure(command: Promise<string>): Promise<void> {
  await command.catch((error: unknown) => {
    if (!(error instanceof CommandError)) throw error;
  });
}
