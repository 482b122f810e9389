import { lstat, opendir } from "node:fs/promises";
import { join } from "node:path";

const blockBytes = 512;

/** What files take of a disk. */
export interface DiskUse {
  bytes: number;
  inodes: number;
}

/**
 * What a folder takes of the disk it is on, with all that is in it: not what other disks, or memory, are mounted into it.
 * What vanishes meanwhile is not counted, and nothing is nothing.
 */
export async function diskUse(path: string): Promise<DiskUse> {
  const stats = await lstat(path).catch(() => undefined);
  const use = { bytes: 0, inodes: 0 };
  if (stats) await addUse(path, stats.dev, use);
  return use;
}

async function addUse(path: string, device: number, use: DiskUse): Promise<void> {
  const stats = await lstat(path).catch(() => undefined);
  if (!stats || stats.dev !== device) return;
  use.bytes += stats.blocks * blockBytes;
  use.inodes++;
  if (!stats.isDirectory()) return;
  const directory = await opendir(path).catch(() => undefined);
  if (!directory) return;
  for await (const { name } of directory) await addUse(join(path, name), device, use);
}
