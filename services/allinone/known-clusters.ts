import { accessSync, constants, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { holdName } from "../../lib/net/hold-name.ts";
import { isRunning } from "./processes.ts";
import { readRunFile } from "./run-file.ts";

/** Another cluster of this network, by its data directory. */
export interface KnownCluster {
  dataDir: string;
  runs: boolean;
}

const waitMsMax = 30_000;

/**
 * Runs `choose` while no other cluster that starts in this network of the machine does, with all others of it that have chosen
 * something that `stillKnown` tells is still theirs; notes this one among them, in a list of the machine's or in one in
 * `listDirectory`.
 */
export async function amongKnownClusters<T>(
  dataDir: string,
  stillKnown: (dataDir: string) => boolean,
  choose: (others: readonly KnownCluster[]) => Promise<T>,
  listDirectory = usualDirectory(),
): Promise<T> {
  const listFile = join(listDirectory, listName());
  const release = await turn();
  try {
    const others = readList(listFile).filter((other) => other !== dataDir && stillKnown(other));
    const chosen = await choose(others.map((other) => ({ dataDir: other, runs: clusterRuns(other) })));
    writeList(listFile, [...others, dataDir]);
    return chosen;
  } finally {
    await release();
  }
}

/** Waits until no other cluster chooses. */
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

/** Clusters of other networks are in nobody's way; they choose at the same time, as names are held in one network alone. */
function listName(): string {
  const [own, machine] = [networkOf("self"), networkOf("1")];
  return own === machine || machine === undefined ? "clusters.json" : `clusters-${own}.json`;
}

/** The number of the network namespace that a process is in; undefined where that is not told. */
function networkOf(pid: string): number | undefined {
  try {
    return statSync(`/proc/${pid}/ns/net`).ino;
  } catch {
    return undefined;
  }
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

function readList(file: string): string[] {
  try {
    const list: unknown = JSON.parse(readFileSync(file, "utf8"));
    return Array.isArray(list) ? list.filter((item) => typeof item === "string") : [];
  } catch {
    return [];
  }
}

function writeList(file: string, dataDirs: readonly string[]): void {
  writeFileSync(`${file}.new`, JSON.stringify(dataDirs));
  renameSync(`${file}.new`, file);
}
