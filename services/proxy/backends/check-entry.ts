import { isIP } from "node:net";
import type { Endpoint, ServicePortEntry } from "./backend.ts";

const affinitySecondsMax = 86_400;

/** @throws Error naming the entry when an address, port, protocol or affinity timeout in it is none. */
export function checkEntry(entry: ServicePortEntry): void {
  const fault = faultOf(entry);
  if (fault !== undefined) throw new Error(`${entry.id}: ${fault}`);
}

function faultOf(entry: ServicePortEntry): string | undefined {
  const { protocol, port, nodePort, affinitySeconds } = entry;
  if (!["TCP", "UDP", "SCTP"].includes(protocol)) return `${JSON.stringify(protocol)} is not a protocol`;
  if (!isPort(port)) return `${port} is not a port`;
  if (nodePort !== undefined && !isPort(nodePort)) return `${nodePort} is not a port`;
  if (affinitySeconds !== undefined && !isWithin(affinitySeconds, affinitySecondsMax)) {
    return `${affinitySeconds} is not an affinity timeout in seconds`;
  }
  const address = [...entry.addresses, ...(entry.externalAddresses ?? [])].find((ip) => !isAddress(ip));
  if (address !== undefined) return `${JSON.stringify(address)} is not an IP address`;
  const range = (entry.sourceRanges ?? []).find((cidr) => !isRange(cidr));
  if (range !== undefined) return `${JSON.stringify(range)} is not a range of addresses`;
  const endpoint = findFaulty(entry.endpoints) ?? findFaulty(entry.externalEndpoints ?? []);
  return endpoint && `${JSON.stringify(endpoint)} is not an endpoint`;
}

function findFaulty(endpoints: Endpoint[]): Endpoint | undefined {
  return endpoints.find(({ ip, port }) => !isAddress(ip) || !isPort(port));
}

function isAddress(ip: string): boolean {
  return isIP(ip) !== 0 && !ip.includes("%");
}

function isRange(cidr: string): boolean {
  const [ip = "", length = "", ...more] = cidr.split("/");
  return (
    more.length === 0 && isAddress(ip) && /^\d{1,3}$/.test(length) && Number(length) <= (isIP(ip) === 4 ? 32 : 128)
  );
}

function isPort(port: number): boolean {
  return isWithin(port, 65_535);
}

function isWithin(value: number, max: number): boolean {
  return Number.isInteger(value) && value >= 1 && value <= max;
}
