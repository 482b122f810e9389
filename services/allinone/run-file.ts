import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { kernelNames } from "../kubelet/network/names.ts";
import type { RuntimeKind } from "./options.ts";
import { isRunning, type KnownProcess, knownProcess } from "./processes.ts";

/** What `down` has to know of a cluster that runs, or that was killed. */
export interface RunFile extends KnownProcess {
  runtime: RuntimeKind;
  /** Of the runtime `cri`. */
  criSocket?: string;
  nodes: number;
  /** What the names of all that the cluster makes in the kernel begin with. */
  kernelPrefix: string;
}

const fileName = "run.json";

/** A data directory that this process has to itself. */
export interface Claim {
  /** What a killed cluster left; undefined when the last one ended as it should. */
  readonly killed: RunFile | undefined;
  /** The cluster has ended, and nothing of it is left. */
  release(): void;
  /** The cluster did not start: what a killed one left is still there. */
  giveBack(): void;
}

/** Notes that this process runs a cluster in the directory. @throws Error when another one does. */
export function claimDataDir(dataDir: string, content: Pick<RunFile, "runtime" | "nodes" | "criSocket">): Claim {
  const killed = refuseRunning(dataDir);
  const { prefix: kernelPrefix } = kernelNames(dataDir);
  writeRunFile(dataDir, { pid: process.pid, startTime: "", ...knownProcess(process.pid), ...content, kernelPrefix });
  return {
    killed,
    release: () => removeRunFile(dataDir),
    giveBack: () => (killed ? writeRunFile(dataDir, killed) : removeRunFile(dataDir)),
  };
}

/** Answers what a killed cluster left. @throws Error when a cluster runs in the directory. */
export function refuseRunning(dataDir: string): RunFile | undefined {
  const run = readRunFile(dataDir);
  if (!run || !isRunning(run)) return run;
  throw new Error(
    `${dataDir} is in use by a cluster that runs (process ${run.pid}): choose another --data-dir, or stop it with typernetes down --data-dir ${dataDir}`,
  );
}

/** Undefined when no cluster runs here, nor was killed. */
export function readRunFile(dataDir: string): RunFile | undefined {
  try {
    return JSON.parse(readFileSync(join(dataDir, fileName), "utf8"));
  } catch {
    return undefined;
  }
}

export function removeRunFile(dataDir: string): void {
  rmSync(join(dataDir, fileName), { force: true });
}

function writeRunFile(dataDir: string, run: RunFile): void {
  const file = join(dataDir, fileName);
  writeFileSync(`${file}.new`, JSON.stringify(run));
  renameSync(`${file}.new`, file);
}
