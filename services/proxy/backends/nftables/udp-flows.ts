import { isIPv6 } from "node:net";
import { type Frontend, frontendKey } from "./frontend.ts";
import { type RunTool, ToolError } from "./run-tool.ts";

/** A flow may end by itself between the list and its deletion, which then goes no further: the rest is listed again. */
const triesMax = 5;

/** All flows from one frontend's address to one endpoint. */
interface FlowGroup {
  address: string;
  port: string;
  endpointIp: string;
  endpointPort: string;
}

/**
 * Forgets UDP flows that no longer lead to an endpoint of their frontend, so that their next packet is balanced anew.
 * `shrunk` and `opened` are the keys of the frontends that changed (see `Plan`); flows of others are left alone.
 */
export async function flushStaleUdpFlows(
  run: RunTool,
  frontends: Map<string, Frontend>,
  changed: { shrunk: ReadonlySet<string>; opened: ReadonlySet<string> },
): Promise<void> {
  for (let tries = 1; ; tries++) {
    const commands = await deletions(run, frontends, changed);
    if (commands === "") return;
    try {
      return await deleteFlows(run, commands);
    } catch (error) {
      if (!(error instanceof ToolError && error.finished) || tries === triesMax) throw error;
    }
  }
}

/** The commands that delete what is stale now. */
async function deletions(
  run: RunTool,
  frontends: Map<string, Frontend>,
  changed: { shrunk: ReadonlySet<string>; opened: ReadonlySet<string> },
): Promise<string> {
  const stale = staleFlows(await run("conntrack", ["-L", "-p", "udp"]), frontends, changed);
  // IPv6 flows are in a list of their own.
  const stale6 = [...changed.shrunk, ...changed.opened].some((key) => key.startsWith("6 "))
    ? staleFlows(await run("conntrack", ["-L", "-f", "ipv6", "-p", "udp"]), frontends, changed)
    : [];
  return [...stale, ...stale6].map(deleteCommand).join("");
}

// conntrack opens its standard input by name, which fails for what Node calls a pipe.
async function deleteFlows(run: RunTool, commands: string): Promise<void> {
  await run("sh", ["-c", "cat | conntrack -R -"], commands);
}

/** The stale groups among the lines of `conntrack -L`. */
function staleFlows(
  listing: string,
  frontends: Map<string, Frontend>,
  { shrunk, opened }: { shrunk: ReadonlySet<string>; opened: ReadonlySet<string> },
): FlowGroup[] {
  const groups = new Map<string, FlowGroup>();
  for (const line of listing.split("\n")) {
    const group = parseFlow(line);
    if (!group) continue;
    const { address, port, endpointIp, endpointPort } = group;
    const family = isIPv6(address) ? 6 : 4;
    const keysOf = (match: string) => [frontendKey(family, match), frontendKey(family, match, true)];
    const addressKeys = keysOf(`${address} . udp . ${port}`);
    const isOfAddress = addressKeys.some((key) => frontends.has(key) || shrunk.has(key));
    const keys = isOfAddress ? addressKeys : keysOf(`udp . ${port}`);
    const isRouted = endpointIp === address && endpointPort === port;
    // A flow that went past the service can only be one from before the service could take it.
    if (!keys.some((key) => (isRouted ? opened : shrunk).has(key))) continue;
    if (keys.some((key) => frontends.get(key)?.endpoints.includes(`${endpointIp} . ${endpointPort}`))) continue;
    groups.set(Object.values(group).join(" "), group);
  }
  return [...groups.values()];
}

/** A flow is printed as its original direction, then its replies: `src= dst= sport= dport= … src= dst= sport= dport=`. */
function parseFlow(line: string): FlowGroup | undefined {
  if (!line.startsWith("udp ")) return undefined;
  const values = (name: string) =>
    [...line.matchAll(new RegExp(`(?:^|\\s)${name}=(\\S+)`, "g"))].map((match) => match[1]);
  const [address] = values("dst");
  const [port] = values("dport");
  const endpointIp = values("src")[1];
  const endpointPort = values("sport")[1];
  if (!address || !port || !endpointIp || !endpointPort) return undefined;
  return { address, port, endpointIp, endpointPort };
}

function deleteCommand({ address, port, endpointIp, endpointPort }: FlowGroup): string {
  const family = isIPv6(address) ? "ipv6" : "ipv4";
  return `-D -f ${family} -p udp --orig-dst ${address} --orig-port-dst ${port} --reply-src ${endpointIp} --reply-port-src ${endpointPort}\n`;
}
