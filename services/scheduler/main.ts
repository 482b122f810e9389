import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { Command } from "commander";
import { systemClock } from "../../lib/base/clock.ts";
import { collectGarbage } from "../../lib/base/collect-garbage.ts";
import { stopSignal } from "../../lib/base/stop-signal.ts";
import { createClient } from "../../lib/client/create-client.ts";
import { connectFromKubeconfig } from "../../lib/client/kubeconfig.ts";
import { createLogger, type LogLevel } from "../../lib/observe/logger.ts";
import { defaultConfiguration, readConfiguration } from "./configuration/configuration.ts";
import { startScheduler } from "./service.ts";

interface Flags {
  kubeconfig: string;
  leaderElect: boolean;
  config?: string;
  logLevel: LogLevel;
}

/** The subcommand `scheduler`: places pods on nodes until it is told to end. */
export function schedulerCommand(): Command {
  return new Command("scheduler")
    .description("places pods on nodes")
    .requiredOption("--kubeconfig <file>", "how to reach the apiserver")
    .option("--config <file>", "a KubeSchedulerConfiguration: profiles, plugins, extenders")
    .option("--no-leader-elect", "works without asking whether another does")
    .option("--log-level <level>", "debug, info, warn, error or silent", "info")
    .action(runScheduler);
}

async function runScheduler({ kubeconfig, leaderElect, logLevel, config }: Flags): Promise<void> {
  const logger = createLogger({ name: "scheduler", level: logLevel });
  const transport = await connectFromKubeconfig(kubeconfig);
  const deps = {
    client: createClient(transport),
    clock: systemClock,
    random: Math.random,
    logger,
    onRead: collectGarbage,
  };
  const configuration = config === undefined ? defaultConfiguration : await readConfiguration(config);
  const options = {
    leaderElect: leaderElect && (configuration.leaderElect ?? true),
    identity: `${hostname()}_${randomUUID()}`,
    configuration,
  };
  const service = startScheduler(deps, options);
  logger.info({}, "scheduler is running");
  await stopSignal();
  await service.stop();
  await transport.close();
}
