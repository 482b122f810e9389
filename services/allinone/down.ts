import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { removeNodeLeftovers } from "./leftovers.ts";
import { endProcess } from "./processes.ts";
import { readRunFile, removeRunFile } from "./run-file.ts";

const stopMsMax = 60_000;

/** Stops the cluster of a data directory, and takes away what a killed one left. The data stays. */
export async function down(dataDir: string): Promise<void> {
  const run = readRunFile(dataDir);
  if (!run) {
    if (!existsSync(dataDir) || readdirSync(dataDir).length === 0)
      throw new Error(`no cluster in ${dataDir}: is --data-dir right?`);
    await removeNodeLeftovers(dataDir, ["process"]);
    console.log(`no cluster runs in ${dataDir}`);
    return;
  }
  if (!(await endProcess(run, "SIGTERM", stopMsMax)))
    throw new Error(
      `process ${run.pid} did not end within ${stopMsMax / 1000} s; its log is ${join(dataDir, "log")}; kill it, and run this again`,
    );
  await removeNodeLeftovers(dataDir, [run.runtime], run.criSocket);
  removeRunFile(dataDir);
  console.log("cluster stopped");
}
