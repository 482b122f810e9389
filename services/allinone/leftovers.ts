import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "../../lib/base/clock.ts";
import { removeNetworkLeftovers } from "../kubelet/network/leftovers.ts";
import type { PodNetwork } from "../kubelet/network/pod-network.ts";
import { unmountBelow } from "../kubelet/runtimes/process/mount-info.ts";
import { dockerSocket } from "./docker-socket.ts";
import { endLeftProcesses } from "./left-processes.ts";
import { machinePowers } from "./machine-powers.ts";
import type { RuntimeKind } from "./options.ts";

/** A network of which nothing is left to take back. */
const noNetwork: PodNetwork = {
  setUp: () => Promise.reject(new Error("this node is being taken down")),
  tearDown: async () => {},
  retain: async () => {},
  remove: async () => {},
};

/** Ends what a killed cluster still runs, and removes what it left in the kernel. Succeeds when there is nothing. */
export async function removeNodeLeftovers(
  dataDir: string,
  runtimes: readonly RuntimeKind[],
  criSocket?: string,
): Promise<void> {
  await endLeftProcesses(dataDir);
  if (runtimes.includes("docker")) {
    const { removeEverything } = await import("../kubelet/runtimes/docker/remove-everything.ts");
    await removeEverything({ cluster: dataDir, clock: systemClock, ...dockerSocket() });
  }
  if (runtimes.includes("cri")) {
    const { removeEverything } = await import("../kubelet/runtimes/cri/remove-everything.ts");
    await removeEverything({ cluster: dataDir, ...(criSocket && { socketPath: criSocket }) });
  }
  if (runtimes.includes("process")) await removeProcesses(dataDir);
  // Volumes in memory.
  await unmountBelow(join(dataDir, "nodes"));
  if ((await machinePowers()).kernel) await removeNetworkLeftovers(dataDir);
}

async function removeProcesses(dataDir: string): Promise<void> {
  const { createProcessRuntime } = await import("../kubelet/runtimes/process/process-runtime.ts");
  const nodes = join(dataDir, "nodes");
  for (const nodeName of existsSync(nodes) ? readdirSync(nodes) : []) {
    const stateDir = join(nodes, nodeName);
    const place = { internalIP: "127.0.0.1", podCIDR: "127.64.0.0/16" };
    const runtime = await createProcessRuntime({
      stateDir,
      nodeName,
      network: noNetwork,
      place,
      hostImages: true,
      imageDir: join(dataDir, "images"),
      dataDir,
    });
    const sandboxes = await runtime.listSandboxes();
    await Promise.all(sandboxes.map(({ id }) => runtime.removeSandbox(id)));
    await runtime.close();
  }
}
