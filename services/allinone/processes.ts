import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** A process that cannot be confused with another that has its number later. */
export interface KnownProcess {
  pid: number;
  /** When it started, in the kernel's ticks. */
  startTime: string;
}

/** The process of this number, while it lives. */
export function knownProcess(pid: number): KnownProcess | undefined {
  const startTime = startTimeOf(pid);
  return startTime === undefined ? undefined : { pid, startTime };
}

/** Whether this very process still lives. */
export function isRunning({ pid, startTime }: KnownProcess): boolean {
  return startTimeOf(pid) === startTime;
}

/** Tells a process to end and waits until it has; answers whether it did within `ms`. */
export async function endProcess(known: KnownProcess, signal: NodeJS.Signals, ms: number): Promise<boolean> {
  if (!isRunning(known)) return true;
  tell(known.pid, signal);
  const deadline = Date.now() + ms;
  while (isRunning(known)) {
    if (Date.now() > deadline) return false;
    await sleep(25);
  }
  return true;
}

function tell(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    // It ended by itself meanwhile.
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}

/** Undefined when there is no process of that number, or only its remains. */
function startTimeOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const [state, ...fields] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return state === "Z" ? undefined : fields[18];
  } catch {
    return undefined;
  }
}
