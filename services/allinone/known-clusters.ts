import { accessSync, constants, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isRunning } from "./processes.ts";
import { readRunFile } from "./run-file.ts";

/** Another cluster of this machine, by its data directory. */
export interface KnownCluster {
  dataDir: string;
  runs: boolean;
}

const waitMsMax = 30_000;

/**
 * Runs `choose` while no other cluster that starts on this machine does, with all others that have chosen something that
 * `stillKnown` tells is still theirs; notes this one among them.
 */
export async function amongKnownClusters<T>(
  dataDir: string,
  stillKnown: (dataDir: string) => boolean,
  choose: (others: readonly KnownCluster[]) => Promise<T>,
): Promise<T> {
  const release = await holdName("\0typernetes/clusters");
  try {
    const others = readList().filter((other) => other !== dataDir && stillKnown(other));
    const chosen = await choose(others.map((other) => ({ dataDir: other, runs: clusterRuns(other) })));
    writeList([...others, dataDir]);
    return chosen;
  } finally {
    await release();
  }
}

function clusterRuns(dataDir: string): boolean {
  const run = readRunFile(dataDir);
  return run !== undefined && isRunning(run);
}

/** An abstract socket: the kernel gives the name to one, and takes it back when that process ends, however it ends. */
async function holdName(name: string): Promise<() => Promise<void>> {
  const deadline = Date.now() + waitMsMax;
  for (;;) {
    const server = createServer((socket) => socket.destroy()).unref();
    const isHeld = await new Promise<boolean>((resolve, reject) => {
      server.once("error", (error: NodeJS.ErrnoException) =>
        error.code === "EADDRINUSE" ? resolve(false) : reject(error),
      );
      server.listen(name, () => resolve(true));
    });
    if (isHeld) return () => new Promise((resolve) => server.close(() => resolve()));
    if (Date.now() > deadline) throw new Error("another cluster has been choosing its address ranges for too long");
    await sleep(5);
  }
}

/** In the first directory that can be written to. */
function listFile(): string {
  const own = join(tmpdir(), `typernetes-${process.getuid?.() ?? 0}`);
  const directory = ["/run/typernetes", own].find(isWritable) ?? own;
  return join(directory, "clusters.json");
}

function isWritable(directory: string): boolean {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    accessSync(directory, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function readList(): string[] {
  try {
    const list: unknown = JSON.parse(readFileSync(listFile(), "utf8"));
    return Array.isArray(list) ? list.filter((item) => typeof item === "string") : [];
  } catch {
    return [];
  }
}

function writeList(dataDirs: readonly string[]): void {
  const file = listFile();
  writeFileSync(`${file}.new`, JSON.stringify(dataDirs));
  renameSync(`${file}.new`, file);
}
