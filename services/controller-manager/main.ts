import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { Command } from "commander";
import { systemClock } from "../../lib/base/clock.ts";
import { stopSignal } from "../../lib/base/stop-signal.ts";
import { createClient } from "../../lib/client/create-client.ts";
import { connectFromKubeconfig } from "../../lib/client/kubeconfig.ts";
import { createLogger, type LogLevel } from "../../lib/observe/logger.ts";
import { startControllerManager } from "./service.ts";

interface Flags {
  kubeconfig: string;
  leaderElect: boolean;
  logLevel: LogLevel;
}

/** The subcommand `controller-manager`: runs the cluster's controllers until it is told to end. */
export function controllerManagerCommand(): Command {
  return new Command("controller-manager")
    .description("runs the cluster's controllers")
    .requiredOption("--kubeconfig <file>", "how to reach the apiserver")
    .option("--no-leader-elect", "works without asking whether another does")
    .option("--log-level <level>", "debug, info, warn, error or silent", "info")
    .action(runControllerManager);
}

async function runControllerManager({ kubeconfig, leaderElect, logLevel }: Flags): Promise<void> {
  const logger = createLogger({ name: "controller-manager", level: logLevel });
  const transport = await connectFromKubeconfig(kubeconfig);
  const deps = { client: createClient(transport), clock: systemClock, random: Math.random, logger };
  const service = startControllerManager(deps, { leaderElect, identity: `${hostname()}_${randomUUID()}` });
  logger.info({}, "controller-manager is running");
  await stopSignal();
  await service.stop();
  await transport.close();
}
