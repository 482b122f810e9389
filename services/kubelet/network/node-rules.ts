import { isIPv6 } from "node:net";
import type { NetworkPortMapping } from "./pod-network.ts";

/** A pod's host ports, and its address of one family, to which they lead. */
export interface PortsOfPod {
  ip: string;
  portMappings: readonly NetworkPortMapping[];
}

/** What a node's nftables table is made from. */
export interface NodeRules {
  /** Of the table and of the bridge. */
  bridge: string;
  podCIDR: string;
  /** Traffic between pods of this range keeps its source address. */
  clusterCIDR: string;
}

/**
 * The node's whole table as one transaction: host ports, masquerade for what leaves the pod ranges or comes back to its
 * own sender, and no way from a pod to the node's loopback addresses.
 */
export function nodeTable(rules: NodeRules, pods: readonly PortsOfPod[]): string {
  const { bridge } = rules;
  return `add table ip ${bridge}
delete table ip ${bridge}
table ip ${bridge} {
  set self { type ipv4_addr . ipv4_addr; flags dynamic,timeout; timeout 1m; size 65535; }
  map ports { type inet_proto . inet_service : ipv4_addr . inet_service; }
  map ports_at { type ipv4_addr . inet_proto . inet_service : ipv4_addr . inet_service; }
  chain raw {
    type filter hook prerouting priority raw; policy accept;
    iifname "${bridge}" ip daddr 127.0.0.0/8 drop
  }
  chain senders {
    type filter hook prerouting priority mangle; policy accept;
    iifname "${bridge}" ct state new update @self { ip saddr . ip saddr }
  }
  chain redirects {
    type filter hook output priority filter; policy accept;
    oifname "${bridge}" icmp type redirect drop
  }
  chain host_ports {
    fib daddr type != local return
    dnat ip to ip daddr . meta l4proto . th dport map @ports_at
    dnat ip to meta l4proto . th dport map @ports
  }
  chain prerouting {
    type nat hook prerouting priority dstnat; policy accept;
    jump host_ports
  }
  chain output {
    type nat hook output priority -100; policy accept;
    jump host_ports
  }
  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept;
    ip saddr . ip daddr @self masquerade
    oifname "${bridge}" ip saddr 127.0.0.0/8 masquerade
    ip saddr ${rules.podCIDR} ip daddr != ${rules.clusterCIDR} oifname != "${bridge}" masquerade
  }
}
${pods.map((pod) => portElements("add", bridge, pod)).join("")}`;
}

/** The same for IPv6, where nobody else reaches loopback addresses anyway. */
export function nodeTable6({ bridge, podCIDR, clusterCIDR }: NodeRules, pods: readonly PortsOfPod[]): string {
  return `add table ip6 ${bridge}
delete table ip6 ${bridge}
table ip6 ${bridge} {
  set self { type ipv6_addr . ipv6_addr; flags dynamic,timeout; timeout 1m; size 65535; }
  map ports { type inet_proto . inet_service : ipv6_addr . inet_service; }
  map ports_at { type ipv6_addr . inet_proto . inet_service : ipv6_addr . inet_service; }
  chain senders {
    type filter hook prerouting priority mangle; policy accept;
    iifname "${bridge}" ct state new update @self { ip6 saddr . ip6 saddr }
  }
  chain redirects {
    type filter hook output priority filter; policy accept;
    oifname "${bridge}" icmpv6 type nd-redirect drop
  }
  chain host_ports {
    fib daddr type != local return
    ip6 daddr ::1 return
    dnat ip6 to ip6 daddr . meta l4proto . th dport map @ports_at
    dnat ip6 to meta l4proto . th dport map @ports
  }
  chain prerouting {
    type nat hook prerouting priority dstnat; policy accept;
    jump host_ports
  }
  chain output {
    type nat hook output priority -100; policy accept;
    jump host_ports
  }
  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept;
    ip6 saddr . ip6 daddr @self masquerade
    ip6 saddr ${podCIDR} ip6 daddr != ${clusterCIDR} oifname != "${bridge}" masquerade
  }
}
${pods.map((pod) => portElements("add", bridge, pod)).join("")}`;
}

/** The commands that add a pod's host ports to the table of its family or take them away; empty when it has none. */
export function portElements(verb: "add" | "delete", bridge: string, { ip, portMappings }: PortsOfPod): string {
  const [family, any] = isIPv6(ip) ? ["ip6", "::"] : ["ip", "0.0.0.0"];
  const lines = portMappings.map(({ hostPort, containerPort, protocol, hostIP = "" }) => {
    const anyAddress = hostIP === "" || hostIP === any;
    if (!anyAddress && isIPv6(hostIP) !== isIPv6(ip)) return "";
    const map = anyAddress ? "ports" : "ports_at";
    const key = `${anyAddress ? "" : `${hostIP} . `}${protocol.toLowerCase()} . ${hostPort}`;
    const value = verb === "add" ? ` : ${ip} . ${containerPort}` : "";
    return `${verb} element ${family} ${bridge} ${map} { ${key}${value} }\n`;
  });
  return lines.join("");
}
