import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { systemClock } from "../../../../lib/base/clock.ts";
import { RuntimeError } from "../runtime.ts";
import { startAttach } from "./attach.ts";
import { createDockerClient, defaultSocketPath } from "./docker-client.ts";
import { containerConfig, sandboxConfig } from "./test-config.ts";
import { runToEnd, startTestNode, textOf, withoutDocker } from "./test-runtime.ts";

const options = { skip: withoutDocker };
const code = (wanted: string) => (error: unknown) => error instanceof RuntimeError && error.code === wanted;

test("exec has streams, an exit code and a terminal of any size", options, async (t) => {
  const { runtime } = await startTestNode(t);
  const sandbox = await runtime.runSandbox(sandboxConfig());
  const id = await runtime.createContainer(sandbox, containerConfig("sleep 1000"));
  await assert.rejects(runtime.exec(id, { command: ["true"], stdin: false, tty: false }), code("NotRunning"));
  await runtime.startContainer(id);

  const piped = await runtime.exec(id, { command: ["sh", "-c", "cat; echo err >&2; exit 3"], stdin: true, tty: false });
  piped.stdin?.end("typed");
  assert.deepEqual(await Promise.all([textOf(piped.stdout), textOf(piped.stderr), piped.exitCode]), [
    "typed",
    "err\n",
    3,
  ]);

  const terminal = await runtime.exec(id, { command: ["sh"], stdin: true, tty: true });
  await terminal.resize(123, 45);
  terminal.stdin?.write("stty size; exit 4\n");
  assert.equal(terminal.stderr, undefined);
  const [screen, exitCode] = await Promise.all([textOf(terminal.stdout), terminal.exitCode]);
  assert.match(screen, /45 123/);
  assert.equal(exitCode, 4);

  await assert.rejects(runtime.exec(id, { command: ["nope"], stdin: false, tty: false }), code("StartFailed"));
  await assert.rejects(runtime.exec("0".repeat(64), { command: ["true"], stdin: false, tty: false }), code("NotFound"));
});

test("exec passes on what comes after many megabytes", options, async (t) => {
  const { runtime } = await startTestNode(t);
  const sandbox = await runtime.runSandbox(sandboxConfig());
  const id = await runtime.createContainer(sandbox, containerConfig("sleep 1000"));
  await runtime.startContainer(id);
  const session = await runtime.exec(id, { command: ["cat"], stdin: true, tty: false });
  const sent = Buffer.alloc(8 * 1024 * 1024, "abcdefg\n");
  session.stdin?.end(sent);
  const [received, , exitCode] = await Promise.all([textOf(session.stdout), textOf(session.stderr), session.exitCode]);
  assert.equal(received.length, sent.length);
  assert.equal(exitCode, 0);
});

test("what a command has written waits for who reads slowly, also after its end", options, async (t) => {
  const { runtime } = await startTestNode(t);
  const sandbox = await runtime.runSandbox(sandboxConfig());
  const id = await runtime.createContainer(sandbox, containerConfig("sleep 1000"));
  await runtime.startContainer(id);
  const command = ["sh", "-c", "head -c 300000 /dev/zero"];
  const session = await runtime.exec(id, { command, stdin: false, tty: false });
  // Longer than a stream may be held by what a command leaves behind.
  await sleep(3_000);
  const [written, , exitCode] = await Promise.all([textOf(session.stdout), textOf(session.stderr), session.exitCode]);
  assert.deepEqual([written.length, exitCode], [300_000, 0]);
});

test("exec ends although a child still holds the output, and can be killed", options, async (t) => {
  const { runtime } = await startTestNode(t);
  const sandbox = await runtime.runSandbox(sandboxConfig());
  const id = await runtime.createContainer(sandbox, containerConfig("sleep 1000"));
  await runtime.startContainer(id);
  const held = await runtime.exec(id, {
    command: ["sh", "-c", "sleep 1060 & echo hi; exit 5"],
    stdin: false,
    tty: false,
  });
  assert.deepEqual(await Promise.all([textOf(held.stdout), textOf(held.stderr), held.exitCode]), ["hi\n", "", 5]);
  const hung = await runtime.exec(id, { command: ["sleep", "1061"], stdin: false, tty: false });
  await hung.kill();
  assert.deepEqual(await Promise.all([textOf(hung.stdout), hung.exitCode]), ["", 137]);
  const left = spawnSync("docker", ["top", id]).stdout.toString();
  assert.ok(left.includes("sleep 1000") && !left.includes("sleep 1061"), left);
});

test("a container that ends while it is joined is left", options, async (t) => {
  const { runtime } = await startTestNode(t);
  const sandbox = await runtime.runSandbox(sandboxConfig());
  const { id } = await runToEnd(runtime, sandbox, containerConfig("true"));
  const client = createDockerClient(defaultSocketPath, systemClock);
  const before = { State: { Running: true }, Config: { Tty: false, OpenStdin: false } };
  const session = await startAttach(client, systemClock, id, before, { stdin: false });
  assert.equal(await textOf(session.stdout), "");
  assert.equal(await session.exitCode, 0);
});
