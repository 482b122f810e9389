import type { Clock } from "../../../../lib/base/clock.ts";
import { removePodCgroups } from "../pod-cgroups.ts";
import { mapLimited, removeForce } from "./container-verbs.ts";
import { createDockerClient, defaultSocketPath } from "./docker-client.ts";
import { labelKeys } from "./labels.ts";
import { clusterDirectory, removeFiles } from "./sandbox-files.ts";

const removalsMax = 8;

/**
 * Removes every sandbox and container of a cluster, on whichever of its nodes on this machine; for the end of a cluster.
 * The pods' network is its own owner's to remove. @throws RuntimeError `Unavailable`.
 */
export async function removeEverything(options: { cluster: string; socketPath?: string; clock: Clock }): Promise<void> {
  const client = createDockerClient(options.socketPath ?? defaultSocketPath, options.clock);
  const filters = { label: [`${labelKeys.cluster}=${options.cluster}`] };
  const infos = await client.call("list containers", () => client.docker.listContainers({ all: true, filters }));
  const [sandboxes, containers] = [isSandbox, isContainer].map((isWanted) =>
    infos.filter((info) => isWanted(info.Labels)),
  );
  for (const group of [containers ?? [], sandboxes ?? []]) {
    await mapLimited(group, removalsMax, (info) => removeForce(client, info.Id));
  }
  await Promise.all([removePodCgroups(options.cluster), removeFiles(clusterDirectory(options.cluster))]);
}

function isSandbox(labels: Record<string, string>): boolean {
  return labels[labelKeys.kind] === "sandbox";
}

function isContainer(labels: Record<string, string>): boolean {
  return !isSandbox(labels);
}
