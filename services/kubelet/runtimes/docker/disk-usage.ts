import { stat } from "node:fs/promises";
import type { DiskUsage } from "../runtime.ts";
import type { DockerClient } from "./docker-client.ts";

/** Counting a large layer takes Docker a while. */
const countMsMax = 60_000;

/** What a container takes of the disk, as Docker counts it; of its log, what this process can see. */
export async function diskUsageOf(client: DockerClient, id: string): Promise<DiskUsage> {
  const container = client.docker.getContainer(id);
  const inspect = (abortSignal: AbortSignal) => {
    const options = { size: true, abortSignal };
    return container.inspect(options);
  };
  const info: { LogPath: string; SizeRw?: number } = await client.call("measure container", inspect, countMsMax);
  const log = await stat(info.LogPath).catch(() => undefined);
  return { writableLayerBytes: info.SizeRw ?? 0, logBytes: log?.size ?? 0 };
}
