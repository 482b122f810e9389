import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { removeNodeLeftovers } from "./leftovers.ts";
import { isRunning, readRunFile, removeRunFile } from "./run-file.ts";

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
  if (isRunning(run)) {
    process.kill(run.pid, "SIGTERM");
    const deadline = Date.now() + stopMsMax;
    while (isRunning(run)) {
      if (Date.now() > deadline)
        throw new Error(
          `process ${run.pid} did not end within ${stopMsMax / 1000} s; its log is ${join(dataDir, "log")}`,
        );
      await sleep(50);
    }
  }
  await removeNodeLeftovers(dataDir, [run.runtime]);
  removeRunFile(dataDir);
  console.log("cluster stopped");
}
