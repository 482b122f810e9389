import {
  chmod,
  chown,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  symlink,
  writeFile,
} from "node:fs/promises";
import { dirname, join } from "node:path";
import type { ProjectedFile } from "./project-files.ts";

const dataLink = "..data";

/**
 * Makes a folder hold exactly these files, all at once to every reader: the files lie in a dated folder to which the link
 * `..data` points, and each visible name is a link through it. Nothing is written when nothing has changed.
 */
export async function writeFilesAtomically(
  directory: string,
  files: readonly ProjectedFile[],
  group?: number,
): Promise<void> {
  await mkdir(directory, { recursive: true });
  await chmod(directory, 0o755);
  const before = await readlink(join(directory, dataLink)).catch(() => undefined);
  // Whoever was interrupted may not have come to the names.
  if (before !== undefined && (await holds(join(directory, before), files))) return linkNames(directory, files);
  const fresh = await writeFresh(directory, files, group);
  await swapLink(directory, fresh);
  await linkNames(directory, files);
  await removeOthers(directory, fresh);
}

/** Whether the folder has ever been written. */
export async function isFilled(directory: string): Promise<boolean> {
  return (await readlink(join(directory, dataLink)).catch(() => undefined)) !== undefined;
}

/** The name of a new folder with the files. */
async function writeFresh(
  directory: string,
  files: readonly ProjectedFile[],
  group: number | undefined,
): Promise<string> {
  const fresh = await mkdtemp(join(directory, `..${new Date().toISOString().replace(/[:.]/g, "_")}.`));
  await chmod(fresh, 0o755);
  for (const file of files) {
    const path = join(fresh, file.path);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, file.content);
    if (group !== undefined || file.uid !== undefined) await chown(path, file.uid ?? -1, group ?? -1);
    await chmod(path, file.mode);
  }
  return fresh.slice(directory.length + 1);
}

async function holds(directory: string, files: readonly ProjectedFile[]): Promise<boolean> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => []);
  if (entries.filter((entry) => entry.isFile()).length !== files.length) return false;
  for (const file of files) {
    const present = await readFile(join(directory, file.path)).catch(() => undefined);
    if (!present?.equals(file.content)) return false;
  }
  return true;
}

async function swapLink(directory: string, target: string): Promise<void> {
  const temporary = join(directory, "..data_tmp");
  await rm(temporary, { force: true });
  await symlink(target, temporary);
  await rename(temporary, join(directory, dataLink));
}

async function linkNames(directory: string, files: readonly ProjectedFile[]): Promise<void> {
  const names = new Set(files.map((file) => file.path.split("/")[0] ?? ""));
  const present = new Set(await readdir(directory));
  for (const name of names) if (!present.has(name)) await symlink(join(dataLink, name), join(directory, name));
  for (const name of present)
    if (!name.startsWith("..") && !names.has(name)) await rm(join(directory, name), { recursive: true });
}

/** Data from before, also of a write that was interrupted. */
async function removeOthers(directory: string, fresh: string): Promise<void> {
  const old = (await readdir(directory)).filter((name) => /^\.\.\d/.test(name) && name !== fresh);
  await Promise.all(old.map((name) => rm(join(directory, name), { recursive: true, force: true })));
}
