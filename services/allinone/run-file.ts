import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { RuntimeKind } from "./options.ts";

/** What `down` has to know of a cluster that runs, or that was killed. */
export interface RunFile {
  pid: number;
  /** Tells the process from another that has its number now. */
  startTime: string;
  runtime: RuntimeKind;
  nodes: number;
}

const fileName = "run.json";

/** Notes that this process runs the cluster. */
export function writeRunFile(dataDir: string, content: Omit<RunFile, "pid" | "startTime">): void {
  const run: RunFile = { pid: process.pid, startTime: processStartTime(process.pid) ?? "", ...content };
  writeFileSync(join(dataDir, fileName), JSON.stringify(run));
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

/** Whether the process that wrote the file still lives. */
export function isRunning(run: RunFile): boolean {
  return processStartTime(run.pid) === run.startTime;
}

/** When a process started, in the kernel's ticks; undefined when there is none of that number. */
function processStartTime(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  } catch {
    return undefined;
  }
}
