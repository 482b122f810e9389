import { type NetworkInterfaceInfo, networkInterfaces } from "node:os";

/** Devices that clusters and other programs make for containers: their addresses go with them. */
const forContainers = /^(tn[0-9a-z]{5}[bvnm]|veth|docker|br-|cni)/;

/** The addresses of the machine's devices, without those of containers and their bridges. */
export function lastingAddresses(): NetworkInterfaceInfo[] {
  const found = Object.entries(networkInterfaces()).filter(([name]) => !forContainers.test(name));
  return found.flatMap(([, addresses = []]) => addresses);
}
