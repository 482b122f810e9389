import { join } from "node:path";
import type { Clock } from "../../../../lib/base/clock.ts";
import type { Logger } from "../../../../lib/observe/logger.ts";
import { type LogLimits, logLimitDefaults } from "../../configuration/log-limits.ts";
import type { NodePlace } from "../../network/pod-network.ts";
import { type Runtime, RuntimeError } from "../runtime.ts";
import { startAttach } from "./attach.ts";
import { CniNetwork } from "./cni-network.ts";
import { Containers } from "./containers.ts";
import { type CriClient, createCriClient, runtimeMethods } from "./cri-client.ts";
import { watchEvents } from "./events.ts";
import { startExec } from "./exec.ts";
import { mountCriImage } from "./image-mount.ts";
import { Images } from "./images.ts";
import { readLog } from "./log-reader.ts";
import { keepRotating } from "./log-rotation.ts";
import { Sandboxes } from "./sandboxes.ts";
import { StatsReader } from "./stats.ts";

/** How long a runtime that is there may take to answer its first question. */
const greetingMsMax = 10_000;

export interface CriRuntimeOptions {
  /** containerd's usual place when absent. */
  socketPath?: string;
  nodeName: string;
  /** Tells this cluster's containers from those of others on the machine. */
  cluster: string;
  place: NodePlace;
  /** The range of all pods. */
  clusterCIDR: string;
  /** Where logs and addresses are kept; survives restarts. */
  stateDir: string;
  clock: Clock;
  logger?: Logger;
  /** The kubelet's `--seccomp-default`: the runtime's own profile instead of none; false when absent, as in Kubernetes. */
  seccompDefault?: boolean;
  logLimits?: LogLimits;
}

/**
 * Runs pods on containerd, or whatever else speaks CRI v1; their network is the runtime's, by its CNI plugins.
 * @throws RuntimeError `Unavailable` when nobody answers.
 */
export async function createCriRuntime(options: CriRuntimeOptions): Promise<Runtime> {
  const { nodeName, cluster, place, clock, logger, stateDir, seccompDefault = false } = options;
  const client = createCriClient(options.socketPath);
  const name = await askName(client);
  const scope = { cluster, nodeName };
  const { podCIDR } = place;
  const network = new CniNetwork(client, clock, { ...scope, podCIDR, clusterCIDR: options.clusterCIDR, stateDir });
  const images = new Images(client);
  const sandboxes = new Sandboxes({ client, scope, network, clock, logsDirectory: join(stateDir, "logs") });
  const containers = new Containers({ client, scope, sandboxes, images, clock, seccompDefault });
  const stats = new StatsReader(containers, clock);
  const closed = new AbortController();
  const untilClosed = (signal?: AbortSignal) => (signal ? AbortSignal.any([signal, closed.signal]) : closed.signal);
  const logging = logger ? { logger } : {};
  const limits = options.logLimits ?? logLimitDefaults;
  const written = () => containers.written();
  const rotating = keepRotating({ client, clock, limits, written, ...logging }, closed.signal);

  return {
    name,
    version: async () => (await client.runtime(runtimeMethods.version, {})).runtimeVersion ?? "",
    problem: async () => {
      try {
        const { status } = await client.runtime(runtimeMethods.status, {}, 10_000);
        const condition = (wanted: string) => status?.conditions?.find(({ type }) => type === wanted);
        const ready = condition("RuntimeReady");
        if (!ready?.status) return `the container runtime is not ready: ${ready?.message ?? "no word of it"}`;
        if (!condition("NetworkReady")?.status) network.forget();
        await network.ensure();
        return undefined;
      } catch (error) {
        return error instanceof Error ? error.message : String(error);
      }
    },

    runSandbox: (config) => sandboxes.run(config),
    stopSandbox: (id) => sandboxes.stop(id),
    removeSandbox: async (id) => {
      const inside = await containers.listed(id);
      await Promise.all(inside.map((container) => containers.remove(container.id ?? "")));
      await sandboxes.remove(id);
    },
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

    exec: (id, request) => startExec(client, containers, clock, id, request),
    attach: (id, request) => startAttach(client, containers, clock, id, request),
    logs: async function* (id, logOptions, signal) {
      const { logPath } = await containers.details(id);
      const isRunning = () => containers.isRunning(id);
      const hasJustEnded = () => containers.hasJustEnded(id);
      yield* readLog({ logPath, clock, isRunning, hasJustEnded }, logOptions, untilClosed(signal));
    },
    stats: (sandboxId) => stats.read(sandboxId),
    diskUsage: (id) => containers.diskUsage(id),
    events: (signal) => {
      const listContainers = () => containers.listed();
      const listSandboxes = () => sandboxes.listed();
      return watchEvents({ clock, listContainers, listSandboxes, ...logging }, untilClosed(signal));
    },

    listImages: () => images.list(),
    imageStatus: (image) => images.status(image),
    pullImage: (image, credentials) => images.pull(image, credentials),
    removeImage: (id) => images.remove(id),
    ...(name === "containerd" && {
      mountImage: (image: string, directory: string) => mountCriImage(client.socketPath, image, directory),
    }),
    imageDirectory: () => images.directory(),

    close: async () => {
      closed.abort(new RuntimeError("Unavailable", "the runtime is closed"));
      await rotating;
      await client.close();
    },
  };
}

/** `containerd`, `cri-o`, … */
async function askName(client: CriClient): Promise<string> {
  try {
    return (await client.runtime(runtimeMethods.version, {}, greetingMsMax)).runtimeName ?? "cri";
  } catch (error) {
    await client.close();
    throw error;
  }
}
