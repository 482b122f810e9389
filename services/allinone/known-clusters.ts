import { createHash } from "node:crypto";
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { holdName } from "../../lib/net/hold-name.ts";
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
 * `stillKnown` tells is still theirs; notes this one among them, in a list of the machine's or in one in `listDirectory`.
 */
export async function amongKnownClusters<T>(
  dataDir: string,
  stillKnown: (dataDir: string) => boolean,
  choose: (others: readonly KnownCluster[]) => Promise<T>,
  listDirectory = usualDirectory(),
): Promise<T> {
  const list = join(listDirectory, "clusters");
  mkdirSync(list, { recursive: true, mode: 0o700 });
  const release = await turn();
  try {
    const others = readNotes(list).filter((other) => other !== dataDir && stillKnown(other));
    const chosen = await choose(others.map((other) => ({ dataDir: other, runs: clusterRuns(other) })));
    writeNote(list, dataDir);
    return chosen;
  } finally {
    await release();
  }
}

/** Waits until no other cluster of this network chooses. */
async function turn(): Promise<() => Promise<void>> {
  const deadline = Date.now() + waitMsMax;
  for (;;) {
    const release = await holdName("typernetes/clusters");
    if (release) return release;
    if (Date.now() > deadline) throw new Error("another cluster has been choosing its address ranges for too long");
    await sleep(5);
  }
}

function clusterRuns(dataDir: string): boolean {
  const run = readRunFile(dataDir);
  return run !== undefined && isRunning(run);
}

/** The first directory that can be written to. */
function usualDirectory(): string {
  const own = join(tmpdir(), `typernetes-${process.getuid?.() ?? 0}`);
  return ["/run/typernetes", own].find(isWritable) ?? own;
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

/** Each cluster has a note of its own: one in another network of the machine, which nobody waits for, may write its own at the same time. */
function noteOf(list: string, dataDir: string): string {
  return join(list, `${createHash("sha256").update(dataDir).digest("hex")}.txt`);
}

/** The data directories that are noted and still there. */
function readNotes(list: string): string[] {
  const names = readdirSync(list).filter((name) => name.endsWith(".txt"));
  const noted = names.flatMap((name) => readNote(join(list, name)) ?? []);
  return noted.filter((dataDir) => {
    const isThere = existsSync(dataDir);
    if (!isThere) rmSync(noteOf(list, dataDir), { force: true });
    return isThere;
  });
}

function readNote(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    // Taken away since it was listed.
    return undefined;
  }
}

function writeNote(list: string, dataDir: string): void {
  const note = noteOf(list, dataDir);
  writeFileSync(`${note}.new`, dataDir);
  renameSync(`${note}.new`, note);
}
