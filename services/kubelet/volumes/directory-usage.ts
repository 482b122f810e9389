import { lstat, opendir } from "node:fs/promises";
import { join } from "node:path";

const blockBytes = 512;

/** How many bytes of disk a folder takes with all that is in it; what vanishes meanwhile is not counted. */
export async function directoryUsage(path: string): Promise<number> {
  const stats = await lstat(path).catch(() => undefined);
  if (!stats) return 0;
  let bytes = stats.blocks * blockBytes;
  if (!stats.isDirectory()) return bytes;
  const directory = await opendir(path).catch(() => undefined);
  if (!directory) return bytes;
  for await (const { name } of directory) bytes += await directoryUsage(join(path, name));
  return bytes;
}
