import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { CommandError, runCommand } from "../../network/command.ts";
import { shellWords } from "./shell-words.ts";

/** What this machine lets the runtime do. */
export interface Isolation {
  /** Namespaces and a root file system of its own for each container. */
  isolated: boolean;
  /** Writable layers in memory, because the file system of the state directory cannot hold them. */
  layersInMemory: boolean;
  /** Why not, when there is no isolation. */
  reason?: string;
}

/** Finds out by trying. `dir` is made and removed. With `inMemory` only layers in memory are tried. */
export async function findIsolation(dir: string, inMemory = false): Promise<Isolation> {
  try {
    for (const part of ["upper", "work", "root"]) await mkdir(join(dir, part), { recursive: true });
    if (!inMemory && (await mounts(dir, false))) return { isolated: true, layersInMemory: false };
    await mounts(dir, true, true);
    return { isolated: true, layersInMemory: true };
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return { isolated: false, layersInMemory: false, reason: error.stderr.trim().split("\n")[0] || error.message };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

async function mounts(dir: string, inMemory: boolean, mustWork = false): Promise<boolean> {
  const options = "lowerdir=/,upperdir=upper,workdir=work";
  const script = [
    "set -e",
    shellWords(["cd", dir]),
    ...(inMemory ? ["mount -t tmpfs tmpfs .", "cd .", shellWords(["cd", dir]), "mkdir upper work root"] : []),
    `mount -t overlay -o ${options} overlay root`,
    "test -d root/proc",
  ].join("\n");
  const argv = ["unshare", "--mount", "--pid", "--ipc", "--uts", "--net", "--fork", "sh", "-c", script];
  try {
    await runCommand(argv);
    return true;
  } catch (error) {
    if (mustWork) throw error;
    return false;
  }
}
