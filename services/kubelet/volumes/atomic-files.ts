import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  symlink,
  unlink,
  writeFile,
} from "node:fs/promises";
import { dirname, join } from "node:path";
import type { ProjectedFile } from "./project-files.ts";

const dataLink = "..data";

/**
 * Makes a folder hold exactly these files, all at once to every reader: the files lie in a dated folder to which the link
 * `..data` points, and each visible name is a link through it. Nothing is written when nothing has changed.
 */
export async function writeFilesAtomically(directory: string, files: readonly ProjectedFile[]): Promise<void> {
  await mkdir(directory, { recursive: true });
  await chmod(directory, 0o755);
  const before = await readlink(join(directory, dataLink)).catch(() => undefined);
  if (before !== undefined && (await holds(join(directory, before), files))) return;
  const fresh = await mkdtemp(join(directory, `..${new Date().toISOString().replace(/[:.]/g, "_")}.`));
  await chmod(fresh, 0o755);
  for (const file of files) {
    const path = join(fresh, file.path);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, file.content);
    await chmod(path, file.mode);
  }
  await swapLink(directory, fresh.slice(directory.length + 1));
  await linkNames(directory, files);
  if (before !== undefined) await rm(join(directory, before), { recursive: true, force: true });
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
  for (const name of names) await symlink(join(dataLink, name), join(directory, name)).catch(ignoreExisting);
  for (const name of await readdir(directory))
    if (!name.startsWith("..") && !names.has(name)) await unlink(join(directory, name));
}

function ignoreExisting(error: NodeJS.ErrnoException): void {
  if (error.code !== "EEXIST") throw error;
}
