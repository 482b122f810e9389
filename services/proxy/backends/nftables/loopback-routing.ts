import type { RunTool } from "./run-tool.ts";

const switchPath = "/proc/sys/net/ipv4/conf/all/route_localnet";

/**
 * Lets connections to 127.0.0.1 leave the loopback device, so that node ports answer there; the table's guard keeps
 * neighbours from reaching the loopback addresses by it. Answers how to put the switch back.
 */
export async function routeLoopback(run: RunTool): Promise<() => Promise<void>> {
  const before = (await run("cat", [switchPath])).trim();
  if (before === "1") return async () => {};
  await run("tee", [switchPath], "1\n");
  return async () => {
    await run("tee", [switchPath], `${before}\n`);
  };
}
