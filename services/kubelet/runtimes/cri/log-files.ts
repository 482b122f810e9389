import { readdir, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/** A container's log files, oldest first: those that were moved away, each with its time behind the name, and the present one. */
export async function logFiles(logPath: string): Promise<string[]> {
  const directory = dirname(logPath);
  const name = basename(logPath);
  const names = await readdir(directory).catch(() => []);
  const moved = names.filter((other) => other.startsWith(`${name}.`)).sort();
  return [...moved, ...names.filter((other) => other === name)].map((each) => join(directory, each));
}

/** How much a container's log files hold together, in bytes. */
export async function logFileSize(logPath: string): Promise<number> {
  const sizes = (await logFiles(logPath)).map((file) =>
    stat(file).then(
      ({ size }) => size,
      () => 0,
    ),
  );
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}
