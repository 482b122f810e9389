import { hostname } from "node:os";
import { Command, Option } from "commander";
import { systemClock } from "../../lib/base/clock.ts";
import { createClient } from "../../lib/client/create-client.ts";
import { connectFromKubeconfig } from "../../lib/client/kubeconfig.ts";
import { createInformerFactory } from "../../lib/client/shared-informers.ts";
import { createLogger, type LogLevel } from "../../lib/observe/logger.ts";
import { type ChooseOptions, chooseBackend } from "./backends/choose.ts";
import { HealthCheckPorts } from "./health-check-ports.ts";
import { startNetworkPolicies } from "./network-policy/network-policies.ts";
import { createPolicyProgrammer, type PolicyProgrammerOptions } from "./network-policy/policy-programmer.ts";
import { proxyDefaults } from "./options.ts";
import { OwnPorts } from "./own-ports.ts";
import { type ProxyDeps, startProxy } from "./service.ts";

interface Flags {
  kubeconfig: string;
  nodeName: string;
  sharingNode?: string[];
  proxyMode: ChooseOptions["backend"];
  table?: string;
  netns?: string;
  clusterCidr?: string;
  healthCheckAddress?: string;
  nodeAddress?: string[];
  cleanup?: boolean;
  logLevel: LogLevel;
}

/** The subcommand `proxy`: balances services on this node until it is told to end. */
export function proxyCommand(): Command {
  return new Command("proxy")
    .description("balances connections to services on this node")
    .requiredOption("--kubeconfig <file>", "how to reach the apiserver")
    .option("--node-name <name>", "the node whose endpoints are local", hostname())
    .option("--sharing-node <name...>", "other nodes that have no network of their own")
    .addOption(new Option("--proxy-mode <mode>").choices(["auto", "nftables", "userspace"]).default("auto"))
    .option("--table <name>", "name of the nftables table; proxies in one network need different ones")
    .option("--netns <name>", "network namespace to program, under /run/netns")
    .option("--cluster-cidr <ranges>", "ranges of all pods, separated by commas: they reach load balancers from inside")
    .option("--health-check-address <ip>", "where the nodes of --netns reach this process; health checks go there")
    .option("--node-address <ip...>", "addresses for node ports in userspace mode; all when absent")
    .option("--cleanup", "remove what is programmed when the proxy ends, instead of leaving it for the next one")
    .option("--log-level <level>", "debug, info, warn, error or silent", "info")
    .action(runProxy);
}

async function runProxy(flags: Flags): Promise<void> {
  const logger = createLogger({ name: "proxy", level: flags.logLevel });
  const warn = (message: string) => logger.warn({}, message);
  const transport = await connectFromKubeconfig(flags.kubeconfig);
  const { table, netns, nodeName, nodeAddress: nodeAddresses, sharingNode: sharing, healthCheckAddress } = flags;
  const podRanges = flags.clusterCidr?.split(",") ?? [];
  const { backend, nftablesObstacle } = await chooseBackend({
    backend: flags.proxyMode,
    nftables: { ...(table && { table }), ...(netns && { netns }), podRanges, warn },
    userspace: { ...(nodeAddresses && { nodeAddresses }), podRanges, warn },
  });
  if (nftablesObstacle) warn(`nftables cannot be used, forwarding in this process: ${nftablesObstacle}`);
  const shared = { clock: systemClock, random: Math.random, logger };
  const informers = createInformerFactory(shared);
  const deps = { ...shared, client: createClient(transport), informers, backend };
  // This process listens in its own network only.
  const isReached = !netns || healthCheckAddress;
  const ports = isReached && {
    healthCheckPorts: new HealthCheckPorts(warn, healthCheckAddress),
    ownPorts: new OwnPorts({ relay: healthCheckAddress, warn }),
  };
  const proxy = await startProxy({ ...deps, ...ports }, { ...proxyDefaults, nodeName, ...(sharing && { sharing }) });
  const policies = await enforcePolicies(deps, flags);
  logger.info({ mode: backend.name, node: flags.nodeName }, "proxy is running");
  await new Promise((resolve) => process.once("SIGTERM", resolve).once("SIGINT", resolve));
  await policies?.stop();
  await proxy.stop();
  await informers.stop();
  const isCleaned = flags.cleanup || backend.name === "userspace";
  if (isCleaned) await Promise.all([backend.close(), policies?.programmer.close()]);
  await transport.close();
}

/** Network policies are enforced where the kernel can be programmed. */
async function enforcePolicies(deps: ProxyDeps, { table, netns, nodeName }: Flags) {
  if (deps.backend.name !== "nftables") return undefined;
  const options: PolicyProgrammerOptions = { table: `${table ?? "typernetes"}-policies`, ...(netns && { netns }) };
  const programmer = await createPolicyProgrammer(options);
  const { stop } = await startNetworkPolicies({ ...deps, programmer }, { ...proxyDefaults, nodeName });
  return { programmer, stop };
}
