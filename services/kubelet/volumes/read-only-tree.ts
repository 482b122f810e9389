import { mkdir, realpath, stat, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { ConfigError } from "../env/config-error.ts";
import { CommandError, runCommand } from "../network/command.ts";
import { isMounted, listMounts } from "../runtimes/process/mount-info.ts";

/** Flags that a mount loses when it is made read-only without them. */
const keptFlags = new Set(["nosuid", "nodev", "noexec", "noatime", "nodiratime", "relatime"]);

/**
 * A path whose whole tree, with all that is mounted in it now, is read-only: `source` itself where nothing is mounted below
 * it, else a view of it at `target`. @throws ConfigError when such a view cannot be made.
 */
export async function sealBelow(source: string, target: string): Promise<string> {
  const real = await realpath(source);
  if (!listMounts().some(({ path }) => path.startsWith(`${real}/`))) return source;
  try {
    if (isMounted(target)) await runCommand(["umount", "--lazy", "--recursive", target]);
    await mkdir(dirname(target), { recursive: true });
    if ((await stat(real)).isDirectory()) await mkdir(target, { recursive: true });
    else await writeFile(target, "");
    await runCommand(["mount", "--rbind", real, target]);
    await runCommand(["mount", "--make-rprivate", target]);
    for (const { path, options } of listMounts()) {
      if (path !== target && !path.startsWith(`${target}/`)) continue;
      const flags = options.filter((option) => keptFlags.has(option));
      await runCommand(["mount", "-o", ["remount", "bind", "ro", ...flags].join(","), path]);
    }
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    throw new ConfigError(`${source} cannot be mounted read-only with all below it: ${error.stderr.trim()}`, {
      cause: error,
    });
  }
  return target;
}
