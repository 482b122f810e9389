import { incomingChain } from "./ruleset.ts";
import type { RunTool } from "./run-tool.ts";

const switchPath = "/proc/sys/net/ipv4/conf/all/route_localnet";

/**
 * Lets connections to 127.0.0.1 leave the loopback device, so that node ports answer there; the table's guard keeps
 * neighbours from reaching the loopback addresses by it. Answers how to put the switch back once the table is gone, which
 * leaves it to other proxies of the network while there are any.
 */
export async function routeLoopback(run: RunTool): Promise<() => Promise<void>> {
  const before = (await run("cat", [switchPath])).trim();
  if (before === "1") return async () => {};
  await run("tee", [switchPath], "1\n");
  return async () => {
    const chains = await run("nft", ["list", "chains", "inet"]);
    if (!chains.includes(`chain ${incomingChain} `)) await run("tee", [switchPath], `${before}\n`);
  };
}
