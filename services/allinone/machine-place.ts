import { existsSync } from "node:fs";
import { lastingAddresses } from "../../lib/net/lasting-addresses.ts";
import { runCommand } from "../kubelet/network/command.ts";
import { formatIPv4, parseIPv4Range } from "../kubelet/network/ipv4.ts";
import { kernelNames } from "../kubelet/network/names.ts";
import type { Ranges } from "./ranges.ts";

/** Where the machine is reached by pods and nodes. */
export interface MachinePlace {
  address: string;
  /** Takes away what was made for it. Idempotent. */
  remove(): Promise<void>;
}

/**
 * The machine's first IPv4 address that others can use. Where it has loopback alone, which is no place for an endpoint,
 * it gets an address of the cluster: on a device of its own, which is also its way to services, or, where no device can
 * be made, one of the loopback addresses that are the cluster's.
 */
export async function machinePlace(dataDir: string, ranges: Ranges, kernel: boolean): Promise<MachinePlace> {
  const address = lastingAddresses().find(({ family, internal }) => family === "IPv4" && !internal)?.address;
  const nothingMade = async () => {};
  if (address) return { address, remove: nothingMade };
  if (!kernel) return { address: formatIPv4(parseIPv4Range(ranges.pods).first + 1), remove: nothingMade };
  return makeDevice(kernelNames(dataDir).machine, ranges);
}

async function makeDevice(device: string, { nodes, services }: Ranges): Promise<MachinePlace> {
  const exists = () => existsSync(`/sys/class/net/${device}`);
  const address = formatIPv4(parseIPv4Range(nodes).first + 1);
  // A bridge without ports: pods need bridges anyway, so the kernel has them.
  const make = exists() ? [] : [`link add name ${device} type bridge`];
  await runCommand(["ip", "-batch", "-"], {
    input: [
      ...make,
      `addr replace ${address}/32 dev ${device}`,
      `link set ${device} up`,
      `route replace ${services} dev ${device} src ${address}`,
    ].join("\n"),
  });
  return {
    address,
    remove: async () => {
      if (exists()) await runCommand(["ip", "link", "del", device]);
    },
  };
}
