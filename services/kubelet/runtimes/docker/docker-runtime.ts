import type { Clock } from "../../../../lib/base/clock.ts";
import type { Logger } from "../../../../lib/observe/logger.ts";
import { type LogLimits, logLimitDefaults } from "../../configuration/log-limits.ts";
import type { NodePlace, PodNetwork } from "../../network/pod-network.ts";
import { type Runtime, RuntimeError } from "../runtime.ts";
import { startAttach } from "./attach.ts";
import { Containers } from "./containers.ts";
import { diskUsageOf } from "./disk-usage.ts";
import { createDockerClient, defaultSocketPath } from "./docker-client.ts";
import { watchEvents } from "./events.ts";
import { startExec } from "./exec.ts";
import { ImageAccounts } from "./image-accounts.ts";
import { mountDockerImage } from "./image-mount.ts";
import { Images } from "./images.ts";
import { readLogs } from "./logs.ts";
import { createPodCgroups } from "./pod-cgroups.ts";
import { limitedCapabilities } from "./privilege.ts";
import { Sandboxes } from "./sandboxes.ts";
import { StatsReader } from "./stats.ts";

export interface DockerRuntimeOptions {
  /** `/var/run/docker.sock` when absent. */
  socketPath?: string;
  nodeName: string;
  /** Tells this cluster's containers from those of others on the machine. */
  cluster: string;
  network: PodNetwork;
  place: NodePlace;
  clock: Clock;
  logger?: Logger;
  /** The kubelet's `--seccomp-default`: Docker's own profile instead of none; false when absent, as in Kubernetes. */
  seccompDefault?: boolean;
  /** Of containers that are created from now on. */
  logLimits?: LogLimits;
}

/** Runs pods on Docker Engine: a sandbox is a pause container outside Docker's networks, connected by `network`. */
export function createDockerRuntime(options: DockerRuntimeOptions): Runtime {
  const { nodeName, cluster, network, place, clock, logger, seccompDefault = false } = options;
  const { logLimits = logLimitDefaults } = options;
  const client = createDockerClient(options.socketPath ?? defaultSocketPath, clock);
  const scope = { cluster, nodeName };
  const images = new Images(client, clock);
  const cgroups = createPodCgroups(client, cluster);
  const sandboxes = new Sandboxes({ client, scope, network, place, cgroups, clock, ...(logger ? { logger } : {}) });
  const limited = limitedCapabilities();
  const defaults = { seccompDefault, logLimits, ...(limited ? { limitedCapabilities: limited } : {}) };
  const containers = new Containers({
    client,
    scope,
    sandboxes,
    images,
    accounts: new ImageAccounts(client, scope),
    defaults,
  });
  const stats = new StatsReader(client, scope, clock);
  const closed = new AbortController();

  return {
    name: "docker",
    namesGroups: true,
    version: async () => (await client.call("ask Docker's version", () => client.docker.version())).Version,
    problem: async () => {
      try {
        await client.call("ping Docker", () => client.docker.ping(), 10_000);
        await sandboxes.prepare();
        return undefined;
      } catch (error) {
        return error instanceof Error ? error.message : String(error);
      }
    },

    runSandbox: (config) => sandboxes.run(config),
    stopSandbox: (id) => sandboxes.stop(id),
    removeSandbox: (id) => sandboxes.remove(id),
    listSandboxes: () => sandboxes.list(),
    networkNamespace: (id) => sandboxes.networkNamespace(id),

    createContainer: (sandboxId, config) => containers.create(sandboxId, config),
    startContainer: (id) => containers.start(id),
    updateContainer: (id, resources) => containers.update(id, resources),
    updateSandbox: (id, resources) => sandboxes.update(id, resources),
    stopContainer: (id, timeoutSeconds) => containers.stop(id, timeoutSeconds),
    removeContainer: (id) => containers.remove(id),
    listContainers: (sandboxId) => containers.list(sandboxId),
    containerStatus: (id) => containers.status(id),

    exec: (id, request) => startExec(client, clock, id, request),
    attach: async (id, request) => startAttach(client, clock, id, await containers.inspect(id), request),
    logs: async function* (id, logOptions, signal) {
      const { Config } = await containers.inspect(id);
      const ended = signal ? AbortSignal.any([signal, closed.signal]) : closed.signal;
      yield* readLogs(client, id, Config.Tty, logOptions, ended);
    },
    stats: (sandboxId) => stats.read(sandboxId),
    diskUsage: (id) => diskUsageOf(client, id),
    events: (signal) => {
      const onEnd = (id: string) => {
        containers.noteEnd(id);
        sandboxes.noteEnd(id);
      };
      const deps = { client, scope, clock, onEnd, ...(logger ? { logger } : {}) };
      return watchEvents(deps, AbortSignal.any([signal, closed.signal]));
    },

    listImages: () => images.list(),
    imageStatus: (image) => images.status(image),
    pullImage: (image, credentials) => images.pull(image, credentials),
    removeImage: (id) => images.remove(id),
    mountImage: (image, directory) => mountDockerImage(client, image, directory),
    imageDirectory: async () => (await client.call("ask about Docker", () => client.docker.info())).DockerRootDir,

    close: async () => {
      closed.abort(new RuntimeError("Unavailable", "the runtime is closed"));
    },
  };
}
