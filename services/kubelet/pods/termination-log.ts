import { chmod, mkdir, open, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** Of the attempts before, the last one's file stays. */
const earlierKept = 1;

/** Makes the empty file in which one attempt of a container leaves its last words; answers its path. */
export async function makeTerminationLog(podDirectory: string, container: string, attempt: number): Promise<string> {
  const directory = join(podDirectory, "containers", container);
  await mkdir(directory, { recursive: true });
  const old = (await readdir(directory)).filter((name) => Number(name) < attempt - earlierKept);
  await Promise.all(old.map((name) => rm(join(directory, name), { force: true })));
  const path = join(directory, String(attempt));
  await writeFile(path, "");
  // Whatever user the container runs as writes it, and whatever the mask of this process is.
  await chmod(path, 0o666);
  return path;
}

/** The last `bytesMax` bytes of what an attempt left; empty when there is nothing. */
export async function readTerminationLog(
  podDirectory: string,
  container: string,
  attempt: number,
  bytesMax: number,
): Promise<string> {
  const path = join(podDirectory, "containers", container, String(attempt));
  const file = await open(path).catch(() => undefined);
  if (!file) return "";
  try {
    const { size } = await file.stat();
    const length = Math.min(size, bytesMax);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, size - length);
    return buffer.toString("utf8", 0, bytesRead);
  } finally {
    await file.close();
  }
}
