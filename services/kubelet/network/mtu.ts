import { readFileSync } from "node:fs";

/** The packet size of the machine's way out, so that pods never send what it could not carry; 1500 when it has none. */
export function machineMtu(): number {
  const rows = readFileSync("/proc/net/route", "utf8").split("\n").slice(1);
  const device = rows.map((row) => row.split("\t")).find(([, destination]) => destination === "00000000")?.[0];
  return device ? Number(readFileSync(`/sys/class/net/${device}/mtu`, "utf8")) : 1500;
}
