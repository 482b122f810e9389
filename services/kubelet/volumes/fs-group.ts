import { chmod, chown, lstat, readdir } from "node:fs/promises";
import { join } from "node:path";

const groupWrites = 0o660;
const groupEnters = 0o2110;

/** How a volume is given to a pod's group. */
export interface GroupChange {
  group: number;
  /** With `OnRootMismatch` a volume whose root belongs to the group already is left as it is. */
  policy?: string | undefined;
}

/** Gives a volume with all that is in it to a group, which may read and write it, and owns what is made in it. */
export async function giveToGroup(path: string, { group, policy }: GroupChange): Promise<void> {
  if (policy === "OnRootMismatch" && (await isGiven(path, group))) return;
  await give(path, group);
}

async function isGiven(path: string, group: number): Promise<boolean> {
  const { gid, mode } = await lstat(path);
  const wanted = groupWrites | groupEnters;
  return gid === group && (mode & wanted) === wanted;
}

async function give(path: string, group: number): Promise<void> {
  const stats = await lstat(path);
  if (stats.isSymbolicLink()) return;
  await chown(path, -1, group);
  const isDirectory = stats.isDirectory();
  await chmod(path, (stats.mode & 0o7777) | groupWrites | (isDirectory ? groupEnters : 0));
  if (!isDirectory) return;
  for (const name of await readdir(path)) await give(join(path, name), group);
}
