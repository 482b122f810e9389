import { readFileSync } from "node:fs";

/** A process that is not mistaken for a later one with the same number. */
export interface ProcessIdentity {
  pid: number;
  /** In clock ticks since boot, as in `/proc/<pid>/stat`. */
  startTime: string;
}

/** Reads the text of `/proc/<pid>/stat`; undefined when it is not complete. */
export function parseIdentity(stat: string): ProcessIdentity | undefined {
  const pid = Number.parseInt(stat, 10);
  const startTime = fieldsAfterName(stat)[19];
  return pid > 0 && startTime ? { pid, startTime } : undefined;
}

/** Whether the process runs; a zombie does not. */
export function isAlive(identity: ProcessIdentity): boolean {
  try {
    const stat = readFileSync(`/proc/${identity.pid}/stat`, "utf8");
    const fields = fieldsAfterName(stat);
    return fields[19] === identity.startTime && fields[0] !== "Z" && fields[0] !== "X";
  } catch {
    return false;
  }
}

/** Sends a signal, to the whole process group if asked; nothing happens when the process has ended. */
export function signalProcess(identity: ProcessIdentity, signal: NodeJS.Signals | number, group = false): void {
  if (!isAlive(identity)) return;
  try {
    process.kill(group ? -identity.pid : identity.pid, signal);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}

/** The fields from the third on; the second, the name, may hold spaces and parentheses. */
function fieldsAfterName(stat: string): string[] {
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
}
