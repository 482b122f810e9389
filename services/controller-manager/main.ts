import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { Command } from "commander";
import { systemClock } from "../../lib/base/clock.ts";
import { stopSignal } from "../../lib/base/stop-signal.ts";
import { createClient } from "../../lib/client/create-client.ts";
import { connectFromKubeconfig } from "../../lib/client/kubeconfig.ts";
import { createLogger, type LogLevel } from "../../lib/observe/logger.ts";
import { controllerManagerDefaults as defaults } from "./options.ts";
import { startControllerManager } from "./service.ts";

interface Flags {
  kubeconfig: string;
  leaderElect: boolean;
  localVolumes: string;
  loadBalancerAddresses: string;
  clusterCidr: string;
  logLevel: LogLevel;
}

/** The subcommand `controller-manager`: runs the cluster's controllers until it is told to end. */
export function controllerManagerCommand(): Command {
  return new Command("controller-manager")
    .description("runs the cluster's controllers")
    .requiredOption("--kubeconfig <file>", "how to reach the apiserver")
    .option("--no-leader-elect", "works without asking whether another does")
    .option("--local-volumes <directory>", "where the nodes have volumes", defaults.localVolumesDirectory)
    .option(
      "--load-balancer-addresses <range>",
      "for services of type LoadBalancer: a/b or a-b, separated by commas",
      "",
    )
    .option(
      "--cluster-cidr <range>",
      "for pods of nodes that bring no range of their own: a range, or one of each family: a,b",
      "",
    )
    .option("--log-level <level>", "debug, info, warn, error or silent", "info")
    .action(runControllerManager);
}

async function runControllerManager({ kubeconfig, leaderElect, logLevel, ...flags }: Flags): Promise<void> {
  const logger = createLogger({ name: "controller-manager", level: logLevel });
  const transport = await connectFromKubeconfig(kubeconfig);
  const deps = { client: createClient(transport), clock: systemClock, random: Math.random, logger };
  const service = startControllerManager(deps, {
    ...{ leaderElect, identity: `${hostname()}_${randomUUID()}` },
    localVolumesDirectory: flags.localVolumes,
    loadBalancerAddresses: flags.loadBalancerAddresses,
    clusterCIDR: flags.clusterCidr,
  });
  logger.info({}, "controller-manager is running");
  await stopSignal();
  await service.stop();
  await transport.close();
}
