import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { endProcess, type KnownProcess, knownProcess } from "../processes.ts";

const endMsMax = 15_000;
const folderOf = (dataDir: string) => join(dataDir, "pids");

/** Notes the process of a service, so that it can be ended when its supervisor was killed. */
export function noteService(dataDir: string, name: string, pid: number): void {
  mkdirSync(folderOf(dataDir), { recursive: true });
  const known = knownProcess(pid);
  if (known) writeFileSync(join(folderOf(dataDir), name), JSON.stringify(known));
}

/** Ends the services that a killed supervisor left, the apiserver last; kills those that do not end by themselves. */
export async function endLeftServices(dataDir: string): Promise<void> {
  const folder = folderOf(dataDir);
  if (!existsSync(folder)) return;
  const names = readdirSync(folder);
  await Promise.all(names.filter((name) => name !== "apiserver").map((name) => end(join(folder, name))));
  if (names.includes("apiserver")) await end(join(folder, "apiserver"));
  rmSync(folder, { recursive: true });
}

async function end(file: string): Promise<void> {
  const known = readKnown(file);
  if (!known || (await endProcess(known, "SIGTERM", endMsMax))) return;
  await endProcess(known, "SIGKILL", endMsMax);
}

function readKnown(file: string): KnownProcess | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    // Cut off while it was written: the process was not yet at work.
    return undefined;
  }
}
