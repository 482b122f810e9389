import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "../../lib/base/clock.ts";
import type { Logger } from "../../lib/observe/logger.ts";
import { createBridgeNetwork } from "../kubelet/network/bridge-network.ts";
import { subRange } from "../kubelet/network/ipv4.ts";
import { subRange6 } from "../kubelet/network/ipv6.ts";
import { createLoopbackNetwork } from "../kubelet/network/loopback-network.ts";
import { createNodeNamespace } from "../kubelet/network/node-namespace.ts";
import type { NodePlace, PodNetwork } from "../kubelet/network/pod-network.ts";
import type { LogLimits } from "../kubelet/options.ts";
import type { Runtime } from "../kubelet/runtimes/runtime.ts";
import { dockerSocket } from "./docker-socket.ts";
import type { RuntimeKind } from "./options.ts";
import { ipv6Of, type Ranges } from "./ranges.ts";

/** What a node is made from. */
export interface NodeHostOptions {
  /** From 1. */
  index: number;
  name: string;
  dataDir: string;
  runtime: RuntimeKind;
  criSocket?: string;
  hostImages: boolean;
  ranges: Ranges;
  /** Whether the kernel can be programmed: namespaces, bridges, rules. */
  privileged: boolean;
  /** Several nodes live in network namespaces of their own. */
  inNamespace: boolean;
  machineAddress: string;
  logLimits: LogLimits;
  logger: Logger;
}

/** A node's place, network and runtime. */
export interface NodeHost {
  place: NodePlace;
  runtime: Runtime;
  /** What this node does not do, one line each. */
  limitations: readonly string[];
  stateDir: string;
  /** Takes away what the node made in the kernel. Its runtime must be empty. */
  remove(): Promise<void>;
}

/** Makes (or finds again) what a kubelet needs of its machine. */
export async function createNodeHost(options: NodeHostOptions): Promise<NodeHost> {
  const { dataDir, name } = options;
  if (options.runtime === "docker" && !options.privileged)
    throw new Error(
      "pods on Docker get their network from this program, which needs root for it: see --runtime process",
    );
  const stateDir = join(dataDir, "nodes", name);
  mkdirSync(stateDir, { recursive: true });
  const { runtime: kind } = options;
  if (kind === "cri") return createCriHost(options, stateDir);
  const { place, remove: removePlace } = await makePlace(options);
  const network = await makeNetwork(options, place, stateDir);
  const remove = async () => {
    await network.remove();
    await removePlace();
  };
  try {
    const { runtime, limitations } = await makeRuntime({ ...options, runtime: kind }, place, network, stateDir);
    return { place, runtime, limitations, stateDir, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** Containers and network are both the container runtime's: a machine is one node. */
async function createCriHost(options: NodeHostOptions, stateDir: string): Promise<NodeHost> {
  const { index, name: nodeName, dataDir: cluster, criSocket, ranges, logLimits, logger } = options;
  if (options.inNamespace || index > 1)
    throw new Error("a machine with containerd is one node: leave out --nodes, or use --runtime docker or process");
  if (!options.privileged) throw new Error("pods on containerd need root: see --runtime process");
  const { createCriRuntime } = await import("../kubelet/runtimes/cri/cri-runtime.ts");
  const { removeEverything } = await import("../kubelet/runtimes/cri/remove-everything.ts");
  const socket = criSocket ? { socketPath: criSocket } : {};
  const place = { internalIP: options.machineAddress, podCIDR: subRange(ranges.pods, 24, index) };
  const clusterCIDR = ranges.pods;
  try {
    const runtime = await createCriRuntime({
      ...{ ...socket, nodeName, cluster, place, clusterCIDR, stateDir, clock: systemClock, logLimits, logger },
    });
    const problem = await runtime.problem();
    if (problem === undefined)
      return { place, runtime, limitations: [], stateDir, remove: () => removeEverything({ cluster, ...socket }) };
    await runtime.close();
    throw new Error(problem);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`containerd cannot be used: ${why}; without it, --runtime process runs pods`, { cause: error });
  }
}

async function makePlace(options: NodeHostOptions): Promise<{ place: NodePlace; remove: () => Promise<void> }> {
  const { index, name, dataDir, ranges, privileged, inNamespace, machineAddress } = options;
  if (privileged && inNamespace && options.runtime !== "hollow") {
    const place = await createNodeNamespace({
      cluster: dataDir,
      name,
      index,
      nodeCIDR: ranges.nodes,
      clusterCIDR: ranges.pods,
      ...ipv6Of(ranges),
    });
    return { place, remove: () => place.remove() };
  }
  const internalIP = privileged ? machineAddress : `127.0.0.${index}`;
  const podCIDR = subRange(ranges.pods, privileged ? 24 : 16, index);
  const { ipv6 } = privileged && options.runtime !== "hollow" ? ipv6Of(ranges) : {};
  const place6 = ipv6 && { ipv6: { ...ipv6, podCIDR: subRange6(ipv6.clusterCIDR, index) } };
  return { place: { internalIP, podCIDR, ...place6 }, remove: async () => {} };
}

function makeNetwork(options: NodeHostOptions, place: NodePlace, stateDir: string): Promise<PodNetwork> {
  if (!options.privileged || options.runtime === "hollow")
    return createLoopbackNetwork({ stateDir, podCIDR: place.podCIDR });
  const { name: nodeName, dataDir: cluster, ranges } = options;
  return createBridgeNetwork({ place, nodeName, stateDir, cluster, clusterCIDR: ranges.pods });
}

async function makeRuntime(
  options: NodeHostOptions & { runtime: Exclude<RuntimeKind, "cri"> },
  place: NodePlace,
  network: PodNetwork,
  stateDir: string,
): Promise<{ runtime: Runtime; limitations: readonly string[] }> {
  const { name: nodeName, dataDir, hostImages, logLimits, logger } = options;
  const shared = { nodeName, network, place, clock: systemClock, logLimits, logger };
  // Each loads only what it uses: the client of Docker alone takes longer to load than a cluster to start.
  switch (options.runtime) {
    case "docker": {
      const { createDockerRuntime } = await import("../kubelet/runtimes/docker/docker-runtime.ts");
      const runtime = createDockerRuntime({ ...shared, ...dockerSocket(), cluster: dataDir });
      const problem = await runtime.problem();
      if (problem !== undefined) {
        await runtime.close();
        throw new Error(`Docker cannot be used: ${problem}; without Docker, --runtime process runs pods`);
      }
      return { runtime, limitations: [] };
    }
    case "hollow": {
      const { createHollowRuntime } = await import("../kubelet/runtimes/hollow/hollow-runtime.ts");
      return {
        runtime: createHollowRuntime({ network, clock: systemClock }),
        limitations: ["containers are not run at all"],
      };
    }
    case "process": {
      const { createProcessRuntime } = await import("../kubelet/runtimes/process/process-runtime.ts");
      const runtime = await createProcessRuntime({
        ...shared,
        stateDir,
        hostImages,
        imageDir: join(dataDir, "images"),
        dataDir,
      });
      return { runtime, limitations: runtime.limitations };
    }
  }
}
