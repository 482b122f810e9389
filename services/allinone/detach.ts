import { spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { makeDirectory } from "./data-directory.ts";
import type { UpOptions } from "./options.ts";
import { refuseRunning } from "./run-file.ts";

const readyMsMax = 120_000;
const ready = "cluster complete";

/** Starts a cluster in the background; returns when it is complete. Its output goes to `log` in the data directory. */
export async function upDetached(options: UpOptions): Promise<void> {
  makeDirectory(options.dataDir);
  refuseRunning(options.dataDir);
  const logFile = join(options.dataDir, "log");
  const log = openSync(logFile, "w");
  const args = process.argv.slice(1).filter((arg) => arg !== "--detach");
  const child = spawn(process.execPath, [...process.execArgv, ...args], {
    detached: true,
    stdio: ["ignore", log, log],
  });
  closeSync(log);
  let exitCode: number | null | undefined;
  child.once("exit", (code) => {
    exitCode = code;
  });
  const deadline = Date.now() + readyMsMax;
  for (;;) {
    const output = readFileSync(logFile, "utf8");
    if (output.includes(ready)) {
      process.stdout.write(output);
      child.unref();
      return;
    }
    if (exitCode !== undefined) throw new Error(lastLine(output) || `the cluster ended with code ${exitCode}`);
    if (Date.now() > deadline) {
      child.kill("SIGTERM");
      throw new Error(`the cluster was not ready within ${readyMsMax / 1000} s; its log is ${logFile}`);
    }
    await sleep(25);
  }
}

function lastLine(output: string): string {
  return (output.trim().split("\n").at(-1) ?? "").replace(/^error: /, "");
}
