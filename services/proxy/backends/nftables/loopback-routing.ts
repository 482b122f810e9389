import { incomingChain } from "./ruleset.ts";
import type { RunTool } from "./run-tool.ts";

const switchPath = "/proc/sys/net/ipv4/conf/all/route_localnet";

/**
 * Lets connections to 127.0.0.1 leave the loopback device, so that node ports answer there; the table's guard keeps
 * neighbours from reaching the loopback addresses by it. Answers how to put the switch back once the table is gone, which
 * leaves it to other proxies of the network while there are any. To be called when the table is there.
 */
export async function routeLoopback(run: RunTool): Promise<() => Promise<void>> {
  const before = (await run("cat", [switchPath])).trim();
  if (before === "1") return async () => {};
  const turn = (value: string) => run("tee", [switchPath], `${value}\n`);
  await turn("1");
  return async () => {
    if (await isWanted(run)) return;
    await turn(before);
    // By one that has begun meanwhile, and may have seen it as it was.
    if (await isWanted(run)) await turn("1");
  };
}

/** Whether the network has a proxy's table. */
async function isWanted(run: RunTool): Promise<boolean> {
  return (await run("nft", ["list", "chains", "inet"])).includes(`chain ${incomingChain} `);
}
