import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { AddressBook, type AddressRecord } from "./address-book.ts";
import { CommandError, netnsPath, runCommand } from "./command.ts";
import { acceptForwarding, withdrawForwarding } from "./docker-forward.ts";
import { formatIPv4, parseIPv4, parseIPv4Range } from "./ipv4.ts";
import { addressIn } from "./ipv6.ts";
import { machineMtu } from "./mtu.ts";
import { type KernelNames, kernelNames } from "./names.ts";
import { nodeTable, nodeTable6, portElements } from "./node-rules.ts";
import type { NetworkPortMapping, NodePlace, PodAddresses, PodNetwork } from "./pod-network.ts";

/** What a node's pod network is made from. */
export interface BridgeNetworkOptions {
  place: NodePlace;
  nodeName: string;
  /** Where allocations are kept. */
  stateDir: string;
  /** Identifies the cluster on this machine (its data directory), for names in the kernel; `stateDir` when absent. */
  cluster?: string;
  /** The range of all pods; traffic inside it keeps its source address. The node's own range when absent. */
  clusterCIDR?: string;
}

/** A device may also go by itself, with its other end, after it was found. */
const noDevice = /Cannot find device|No such device/;

/** Some runtimes turn it off in the networks that they make. */
const ALLOW_IPV6 = "for all in /proc/sys/net/ipv6/conf/*/disable_ipv6; do echo 0 > $all; done";
/** A machine that forwards takes no more routes from its routers, unless it is told to. Devices may go meanwhile. */
const FORWARD_IPV6 = `
for one in /proc/sys/net/ipv6/conf/*/accept_ra; do
  case $(cat $one 2>/dev/null) in 1) { echo 2 > $one; } 2>/dev/null || :;; esac
done
echo 1 > /proc/sys/net/ipv6/conf/all/forwarding
echo 0 > /proc/sys/net/ipv6/conf/$0/disable_ipv6
echo 0 > /proc/sys/net/ipv6/conf/$0/accept_dad`;

/**
 * Makes (or finds again) the node's bridge and rules. Pods get `/32` addresses and reach everything through the bridge's
 * own address, so that pod-to-pod traffic passes the node's rules in both directions without bridge netfilter.
 */
export async function createBridgeNetwork(options: BridgeNetworkOptions): Promise<PodNetwork> {
  const network = new BridgeNetwork(options);
  await network.start();
  return network;
}

class BridgeNetwork implements PodNetwork {
  readonly #place: NodePlace;
  readonly #names: KernelNames;
  readonly #bridge: string;
  readonly #gateway: string;
  readonly #clusterCIDR: string;
  readonly #book: AddressBook;
  readonly #mtu = machineMtu();

  constructor({ place, nodeName, stateDir, cluster = stateDir, clusterCIDR = place.podCIDR }: BridgeNetworkOptions) {
    this.#place = place;
    this.#names = kernelNames(cluster);
    this.#bridge = this.#names.bridge(nodeName);
    this.#gateway = formatIPv4(parseIPv4Range(place.podCIDR).first + 1);
    this.#clusterCIDR = clusterCIDR;
    this.#book = new AddressBook(join(stateDir, "addresses"), place.podCIDR);
  }

  async start(): Promise<void> {
    const bridge = this.#bridge;
    const { prefixLength } = parseIPv4Range(this.#place.podCIDR);
    const exists = await this.#run(["ip", "link", "show", "dev", bridge]).then(
      () => true,
      () => false,
    );
    await this.#ip([
      ...(exists ? [] : [`link add name ${bridge} mtu ${this.#mtu} address ${macAddress(bridge)} type bridge`]),
      `addr replace ${this.#gateway}/${prefixLength} dev ${bridge}`,
      `link set ${bridge} up`,
    ]);
    const settings = "echo 1 > /proc/sys/net/ipv4/ip_forward; echo 1 > /proc/sys/net/ipv4/conf/$0/route_localnet";
    const rules = { bridge, podCIDR: this.#place.podCIDR, clusterCIDR: this.#clusterCIDR };
    const records = this.#book.entries().map(([, record]) => record);
    await Promise.all([
      this.#run(["sh", "-ec", settings, bridge]),
      this.#run(["nft", "-f", "-"], nodeTable(rules, records)),
      this.#place.netns ? undefined : acceptForwarding(bridge),
      this.#start6(),
    ]);
  }

  async #start6(): Promise<void> {
    const { ipv6 } = this.#place;
    if (!ipv6) return;
    const bridge = this.#bridge;
    await this.#run(["sh", "-ec", FORWARD_IPV6, bridge]);
    await this.#ip([
      `addr replace ${addressIn(ipv6.podCIDR, 1)}/64 dev ${bridge} nodad`,
      `route replace ${ipv6.serviceCIDR} dev ${bridge}`,
    ]);
    const pods = this.#book.entries().map(([, record]) => ({ ...record, ip: this.#addressesOf(record)[1] ?? "" }));
    const { podCIDR, clusterCIDR } = ipv6;
    await this.#run(["nft", "-f", "-"], nodeTable6({ bridge, podCIDR, clusterCIDR }, pods));
  }

  async setUp(sandboxId: string, netns: string, portMappings: NetworkPortMapping[]): Promise<PodAddresses> {
    const known = this.#book.get(sandboxId);
    if (known) {
      if (await hasAddress(netns, known.ip)) return { ips: this.#addressesOf(known) };
      await this.tearDown(sandboxId);
    }
    const record = this.#book.take(sandboxId, portMappings);
    try {
      await this.#connect(this.#names.podLink(sandboxId), netns, record);
    } catch (error) {
      await this.tearDown(sandboxId);
      throw error;
    }
    return { ips: this.#addressesOf(record) };
  }

  /** In IPv6 a pod has the same place in the node's range as in IPv4. */
  #addressesOf({ ip }: AddressRecord): string[] {
    const { podCIDR, ipv6 } = this.#place;
    return ipv6 ? [ip, addressIn(ipv6.podCIDR, parseIPv4(ip) - parseIPv4Range(podCIDR).first)] : [ip];
  }

  /** The commands for a pod's host ports in each family. */
  #ports(verb: "add" | "delete", record: AddressRecord): string {
    const { portMappings } = record;
    return this.#addressesOf(record)
      .map((ip) => portElements(verb, this.#bridge, { ip, portMappings }))
      .join("");
  }

  async tearDown(sandboxId: string): Promise<void> {
    const record = this.#book.get(sandboxId);
    if (!record) return;
    if (this.#placeExists()) {
      const ports = this.#ports("delete", record);
      if (ports) await forgiving(this.#run(["nft", "-f", "-"], ports), /No such file|does not exist/);
      await forgiving(this.#run(["ip", "link", "del", this.#names.podLink(sandboxId)]), noDevice);
    }
    this.#book.giveBack(sandboxId);
  }

  async retain(sandboxIds: ReadonlySet<string>): Promise<void> {
    const gone = this.#book.entries().filter(([sandboxId]) => !sandboxIds.has(sandboxId));
    for (const [sandboxId] of gone) await this.tearDown(sandboxId);
  }

  async remove(): Promise<void> {
    await this.retain(new Set());
    if (!this.#placeExists()) return;
    await forgiving(this.#run(["ip", "link", "del", this.#bridge]), noDevice);
    await forgiving(this.#run(["nft", "delete", "table", "ip", this.#bridge]), /No such file/);
    if (this.#place.ipv6) await forgiving(this.#run(["nft", "delete", "table", "ip6", this.#bridge]), /No such file/);
    if (!this.#place.netns) await withdrawForwarding((device) => device === this.#bridge);
  }

  async #connect(link: string, netns: string, record: AddressRecord): Promise<void> {
    const mtu = this.#mtu;
    await this.#ip([
      `link add ${link} mtu ${mtu} type veth peer name eth0 mtu ${mtu} netns ${netns}`,
      `link set ${link} master ${this.#bridge} up`,
      // Where bridge netfilter is on, a pod that reaches itself by a service is bridged back to its own port.
      `link set ${link} type bridge_slave hairpin on`,
    ]);
    const inside = [
      "link set lo up",
      `addr add ${record.ip}/32 dev eth0`,
      "link set eth0 up",
      `route add ${this.#gateway} dev eth0 scope link`,
      `route add default via ${this.#gateway}`,
    ];
    const [, ip6] = this.#addressesOf(record);
    if (ip6 && this.#place.ipv6) {
      const gateway = addressIn(this.#place.ipv6.podCIDR, 1);
      inside.push(`addr add ${ip6}/128 dev eth0 nodad`, `route add ${gateway} dev eth0`);
      inside.push(`route add default via ${gateway} dev eth0`);
    }
    const ports = this.#ports("add", record);
    const command = ip6 ? ["sh", "-ec", `${ALLOW_IPV6}; exec ip -batch -`] : ["ip", "-batch", "-"];
    await Promise.all([
      runCommand(["nsenter", `--net=${netns}`, ...command], { input: inside.join("\n") }),
      ports ? this.#run(["nft", "-f", "-"], ports) : undefined,
    ]);
  }

  #placeExists(): boolean {
    return !this.#place.netns || existsSync(netnsPath(this.#place.netns));
  }

  #ip(lines: string[]): Promise<string> {
    return this.#run(["ip", "-batch", "-"], lines.join("\n"));
  }

  #run(argv: string[], input?: string): Promise<string> {
    return runCommand(argv, { netns: this.#place.netns, ...(input === undefined ? {} : { input }) });
  }
}

async function hasAddress(netns: string, ip: string): Promise<boolean> {
  try {
    const output = await runCommand(["nsenter", `--net=${netns}`, "ip", "-o", "addr", "show", "dev", "eth0"]);
    return output.includes(` ${ip}/`);
  } catch (error) {
    if (error instanceof CommandError) return false;
    throw error;
  }
}

/** Lets an error pass whose text says that there is nothing to remove. */
async function forgiving(command: Promise<string>, absent: RegExp): Promise<void> {
  try {
    await command;
  } catch (error) {
    if (!(error instanceof CommandError && absent.test(error.stderr))) throw error;
  }
}

/** Fixed, because a bridge otherwise takes a new hardware address with each pod and neighbours lose it. */
function macAddress(name: string): string {
  const bytes = createHash("sha256").update(name).digest().subarray(0, 5);
  return ["02", ...[...bytes].map((byte) => byte.toString(16).padStart(2, "0"))].join(":");
}
