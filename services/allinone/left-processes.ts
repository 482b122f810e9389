import { readdirSync, readFileSync } from "node:fs";
import { endProcess, type KnownProcess, knownProcess } from "./processes.ts";

/** Programs and services that a cluster starts have its data directory in this variable; the processes of pods do not. */
const variable = "TYPERNETES_DATA_DIR";
const endMsMax = 15_000;

/** From now on, all that this process starts is known to be of the cluster in `dataDir`. */
export function markStartedProcesses(dataDir: string): void {
  process.env[variable] = dataDir;
}

/** Ends what a killed cluster had started and still runs: its services, the apiserver last, and programs that did work for it. */
export async function endLeftProcesses(dataDir: string): Promise<void> {
  const left = startedProcesses(dataDir);
  await endAll(left.filter(({ isApiserver }) => !isApiserver));
  await endAll(left.filter(({ isApiserver }) => isApiserver));
}

async function endAll(processes: readonly KnownProcess[]): Promise<void> {
  await Promise.all(
    processes.map(async (known) => {
      if (!(await endProcess(known, "SIGTERM", endMsMax))) await endProcess(known, "SIGKILL", endMsMax);
    }),
  );
}

interface LeftProcess extends KnownProcess {
  isApiserver: boolean;
}

function startedProcesses(dataDir: string): LeftProcess[] {
  const found: LeftProcess[] = [];
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) continue;
    if (!read(name, "environ").split("\0").includes(`${variable}=${dataDir}`)) continue;
    const known = knownProcess(Number(name));
    if (known) found.push({ ...known, isApiserver: read(name, "cmdline").split("\0").includes("apiserver") });
  }
  return found;
}

/** Empty when the process has gone, or is another user's. */
function read(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return "";
  }
}
