import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { LogStream } from "./cri-log.ts";

/** How many bytes of each stream came before some point of the output. */
export type OutputPosition = Record<LogStream, number>;

/** One of a container's log files; its name says where in the output it begins. */
export interface LogFile {
  path: string;
  sequence: number;
  start: OutputPosition;
}

/** The container's log files, oldest first. */
export function listLogFiles(dir: string): LogFile[] {
  const files = readdirSync(dir).flatMap((name) => {
    const match = /^(\d+)\.(\d+)\.(\d+)\.log$/.exec(name);
    if (!match) return [];
    const [sequence = 0, stdout = 0, stderr = 0] = match.slice(1).map(Number);
    return [{ path: join(dir, name), sequence, start: { stdout, stderr } }];
  });
  return files.sort((a, b) => a.sequence - b.sequence);
}

/** The file that begins at `start`. */
export function logFile(dir: string, sequence: number, start: OutputPosition): LogFile {
  return { path: join(dir, `${sequence}.${start.stdout}.${start.stderr}.log`), sequence, start };
}
