import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { buildPauseProgram, type PauseArchitecture } from "./pause-program.ts";
import { eventually } from "./test-runtime.ts";

const wrongMachine =
  process.arch === "x64" || process.arch === "arm64" ? false : `no pause program for ${process.arch}`;

test("the pause program waits until it is killed", { skip: wrongMachine }, async (t) => {
  const directory = await mkdtemp(join(tmpdir(), "typernetes-pause-"));
  t.after(() => rm(directory, { recursive: true, force: true }));
  const path = join(directory, "pause");
  await writeFile(path, buildPauseProgram(process.arch === "arm64" ? "arm64" : "amd64"), { mode: 0o755 });
  const child = spawn(path);
  t.after(() => child.kill("SIGKILL"));
  const ended = once(child, "exit");
  await eventually(async () => {
    const status = await readFile(`/proc/${child.pid}/status`, "utf8");
    const ignored = BigInt(`0x${/SigIgn:\s*(\w+)/.exec(status)?.[1] ?? "0"}`);
    return /State:\s*S/.test(status) && (ignored >> 16n) & 1n ? true : undefined;
  }, "it sleeps, and leaves its children to the kernel");
  child.kill("SIGKILL");
  assert.deepEqual(await ended, [null, "SIGKILL"]);
});

test("both pause programs are small static executables that end with their data", () => {
  const machines: [PauseArchitecture, number][] = [
    ["amd64", 62],
    ["arm64", 183],
  ];
  for (const [architecture, machine] of machines) {
    const program = Buffer.from(buildPauseProgram(architecture));
    assert.equal(program.toString("latin1", 0, 4), "\x7fELF");
    assert.equal(program.readUInt16LE(18), machine);
    assert.equal(Number(program.readBigUInt64LE(64 + 32)), program.length, "the whole file is mapped");
    const path = program.indexOf("/netns\0");
    assert.equal(path % 8, 0);
    assert.equal(program.length, path + 8 + 32, "the signal action is all there");
  }
});
