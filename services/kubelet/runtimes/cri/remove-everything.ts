import { rm } from "node:fs/promises";
import { removePodCgroups } from "../pod-cgroups.ts";
import { removeCniNetwork } from "./cni-network.ts";
import { createCriClient, runtimeMethods, unlessGone } from "./cri-client.ts";
import { clusterLabel, readSandboxRecord } from "./identity.ts";

/**
 * Removes every sandbox and container of a cluster, on whichever of its nodes on this machine, and the network made for
 * them; for the end of a cluster. @throws RuntimeError `Unavailable`.
 */
export async function removeEverything(options: { cluster: string; socketPath?: string }): Promise<void> {
  const { cluster } = options;
  const client = createCriClient(options.socketPath);
  try {
    const filter = { labelSelector: { [clusterLabel]: cluster } };
    const { items = [] } = await client.runtime(runtimeMethods.listPodSandbox, { filter });
    for (const { id: podSandboxId = "", annotations } of items) {
      await unlessGone(client.runtime(runtimeMethods.stopPodSandbox, { podSandboxId }));
      await unlessGone(client.runtime(runtimeMethods.removePodSandbox, { podSandboxId }));
      await rm(readSandboxRecord(annotations).logDirectory, { recursive: true, force: true });
    }
    await removeCniNetwork(client, cluster);
    await removePodCgroups(cluster);
  } finally {
    await client.close();
  }
}
