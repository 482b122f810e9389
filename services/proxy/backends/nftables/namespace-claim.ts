import { stat } from "node:fs/promises";
import { holdName } from "../../../../lib/net/hold-name.ts";

/**
 * Claims `table` in a network namespace for this process until the returned function is called or the process ends.
 * @throws Error when another process holds it: two proxies would undo each other's work.
 */
export async function claimTable(table: string, netns: string | undefined): Promise<() => Promise<void>> {
  const { ino } = await stat(netns === undefined ? "/proc/self/ns/net" : `/run/netns/${netns}`);
  const release = await holdName(`typernetes/nftables/${ino}/${table}`);
  if (release) return release;
  throw new Error(
    `another proxy programs the nftables table ${table} of this network: give one of them another table name`,
  );
}
