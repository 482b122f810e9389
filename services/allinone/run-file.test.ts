import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { endProcess, isRunning, knownProcess } from "./processes.ts";
import { claimDataDir, readRunFile } from "./run-file.ts";

function temporary(context: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), "typernetes-run-"));
  context.after(() => rmSync(directory, { recursive: true }));
  return directory;
}

const content = { runtime: "process", nodes: 3 } as const;

test("a claimed directory is refused to others while its process lives", (context) => {
  const directory = temporary(context);
  const claim = claimDataDir(directory, content);
  assert.equal(claim.killed, undefined);
  assert.throws(() => claimDataDir(directory, content), {
    message: new RegExp(`^${directory} is in use by a cluster that runs \\(process ${process.pid}\\)`),
  });
  claim.release();
  assert.equal(readRunFile(directory), undefined);
  claimDataDir(directory, content).release();
});

test("a killed cluster's claim is taken over, and given back when the new one does not start", async (context) => {
  const directory = temporary(context);
  const dead = spawn(process.execPath, ["-e", "0"]);
  const left = { pid: dead.pid ?? 0, startTime: "1", runtime: "docker", nodes: 2 };
  await once(dead, "exit");
  writeFileSync(join(directory, "run.json"), JSON.stringify(left));
  const claim = claimDataDir(directory, content);
  assert.deepEqual(claim.killed, left);
  assert.equal(readRunFile(directory)?.pid, process.pid);
  claim.giveBack();
  assert.deepEqual(readRunFile(directory), left);
});

test("a run file that was cut off counts as none", (context) => {
  const directory = temporary(context);
  writeFileSync(join(directory, "run.json"), '{"pid": 1');
  assert.equal(claimDataDir(directory, content).killed, undefined);
});

test("another process of the same number is not the one that was meant", () => {
  const own = knownProcess(process.pid);
  assert.ok(own && isRunning(own));
  assert.equal(isRunning({ ...own, startTime: "1" }), false);
});

test("a process is told to end and waited for", async () => {
  const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000); console.log()"]);
  await once(child.stdout, "data");
  const known = knownProcess(child.pid ?? 0);
  assert.ok(known);
  assert.equal(await endProcess(known, "SIGTERM", 60_000), true);
  assert.equal(await endProcess(known, "SIGTERM", 0), true);
});

test("a process that does not end in time is told of", async () => {
  const child = spawn(process.execPath, [
    "-e",
    'process.on("SIGTERM", () => {}); setInterval(() => {}, 1000); console.log()',
  ]);
  await once(child.stdout, "data");
  const known = knownProcess(child.pid ?? 0);
  assert.ok(known);
  assert.equal(await endProcess(known, "SIGTERM", 50), false);
  assert.equal(await endProcess(known, "SIGKILL", 60_000), true);
});
