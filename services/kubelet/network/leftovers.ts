import { existsSync, readdirSync } from "node:fs";
import { CommandError, runCommand } from "./command.ts";
import { withdrawForwarding } from "./docker-forward.ts";
import { kernelNames } from "./names.ts";

/**
 * Takes away what a killed cluster left in the kernel: namespaces, devices, routes, nftables tables and Docker's
 * accept rules. `cluster` is what was given to `createBridgeNetwork` and `createNodeNamespace`.
 */
export async function removeNetworkLeftovers(cluster: string): Promise<void> {
  const { prefix } = kernelNames(cluster);
  const namespaces = existsSync("/run/netns") ? readdirSync("/run/netns") : [];
  for (const netns of namespaces.filter((name) => name.startsWith(`${prefix}-`))) {
    await runCommand(["ip", "netns", "del", netns]);
  }
  for (const link of readdirSync("/sys/class/net").filter((name) => name.startsWith(prefix))) await deleteLink(link);
  for (const [family, table] of await tables(prefix)) await runCommand(["nft", "delete", "table", family, table]);
  await withdrawForwarding((device) => device.startsWith(prefix));
}

/** Devices vanish in pairs, and with the namespace of their other end. */
async function deleteLink(link: string): Promise<void> {
  await runCommand(["ip", "link", "del", link]).catch((error: unknown) => {
    if (!(error instanceof CommandError && /Cannot find device|No such device/.test(error.stderr))) throw error;
  });
}

/** Tables of the cluster, also those of a service proxy, which are named after it. */
async function tables(prefix: string): Promise<[family: string, name: string][]> {
  const listing = await runCommand(["nft", "list", "tables"]);
  return [...listing.matchAll(/^table (\S+) (\S+)$/gm)]
    .map((match): [string, string] => [match[1] ?? "", match[2] ?? ""])
    .filter(([, name]) => name.startsWith(prefix));
}
