import { chmod, lstat, mkdir, realpath, stat } from "node:fs/promises";
import { isAbsolute, join, sep } from "node:path";
import { ConfigError } from "../env/config-error.ts";

/**
 * A path below a volume, made as a folder where it is missing, with every link resolved: what a link points to later does
 * not change what is mounted. @throws ConfigError for a path that leads out of the volume.
 */
export async function resolveSubPath(volumePath: string, subPath: string): Promise<string> {
  if (isAbsolute(subPath)) throw new ConfigError("subPath must not be an absolute path");
  if (subPath.split("/").includes("..")) throw new ConfigError('subPath must not contain ".."');
  const root = await realpath(volumePath);
  const { mode } = await stat(root);
  let path = root;
  for (const name of subPath.split("/").filter((part) => part !== "" && part !== ".")) {
    const next = join(path, name);
    try {
      if (!(await lstat(next).catch(() => undefined))) await makeFolder(next, mode & 0o777);
      path = await realpath(next);
    } catch (error) {
      throw new ConfigError(`failed to prepare subPath ${subPath}: ${error}`, { cause: error });
    }
    if (path !== root && !path.startsWith(root + sep))
      throw new ConfigError(`subPath ${subPath} leads out of its volume`);
  }
  return path;
}

/** Of exactly this mode, whatever the process's mask takes away; what it inherits of its parent stays. */
async function makeFolder(path: string, mode: number): Promise<void> {
  // Containers start at the same time: another may have made it just now.
  if ((await mkdir(path, { recursive: true })) === undefined) return;
  const made = await stat(path);
  await chmod(path, (made.mode & 0o7000) | mode);
}
