import { CommandError, runCommand } from "./command.ts";

const TRIAL = `ip link add name probe0 type bridge
ip link add probe1 type veth peer name probe2
ip link set probe1 master probe0
echo 1 > /proc/sys/net/ipv4/ip_forward
nft add table ip probe
`;

/**
 * Why this machine lets us make no bridges, pairs of devices and rules for pods; undefined when it does. Found out by
 * trying, in a namespace that vanishes at once.
 */
export async function bridgeNetworkProblem(): Promise<string | undefined> {
  try {
    await runCommand(["unshare", "--net", "sh", "-ec", TRIAL], { timeoutMs: 120_000 });
    return undefined;
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return error.stderr.trim().split("\n")[0] || error.message;
  }
}
