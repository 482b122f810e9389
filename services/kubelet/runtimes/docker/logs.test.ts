import assert from "node:assert/strict";
import { test } from "node:test";
import { containerConfig, sandboxConfig } from "./test-config.ts";
import { eventually, outputOf, runToEnd, startTestNode, withoutDocker } from "./test-runtime.ts";

const options = { skip: withoutDocker };

test("output in the terminal and in two streams is told apart", options, async (t) => {
  const { runtime } = await startTestNode(t);
  const sandbox = await runtime.runSandbox(sandboxConfig());
  const plain = await runToEnd(runtime, sandbox, containerConfig("echo out; echo err >&2; printf unfinished"));
  const streams: string[] = [];
  for await (const { stream, line, timestamp, timeMs } of runtime.logs(plain.id, { follow: false })) {
    assert.match(timestamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/);
    assert.ok(Math.abs(timeMs - Date.now()) < 60_000);
    streams.push(`${stream}: ${Buffer.from(line).toString()}`);
  }
  assert.deepEqual(streams.sort(), ["stderr: err\n", "stdout: out\n", "stdout: unfinished"]);
  const terminal = containerConfig("test -t 1 && echo terminal", { name: "terminal", tty: true });
  assert.equal((await runToEnd(runtime, sandbox, terminal)).output, "terminal\r\n");
});

test("a line longer than Docker's parts is one entry", options, async (t) => {
  const { runtime } = await startTestNode(t);
  const sandbox = await runtime.runSandbox(sandboxConfig());
  const config = containerConfig("head -c 50000 /dev/zero | tr '\\0' x; echo; echo short");
  const { id } = await runToEnd(runtime, sandbox, config);
  const lengths: number[] = [];
  for await (const entry of runtime.logs(id, { follow: false })) lengths.push(entry.line.length);
  assert.deepEqual(lengths, [50_001, 6]);
});

test("logs follow until the container ends, from the tail or a time on", options, async (t) => {
  const { runtime } = await startTestNode(t);
  const sandbox = await runtime.runSandbox(sandboxConfig());
  const script = "trap 'echo three; exit' TERM; echo one; echo two; while true; do sleep 0.05; done";
  const id = await runtime.createContainer(sandbox, containerConfig(script));
  await runtime.startContainer(id);
  await eventually(async () => ((await outputOf(runtime, id)) === "one\ntwo\n" ? true : undefined), "two lines");
  const lines: string[] = [];
  let secondMs = 0;
  let stopping = Promise.resolve();
  for await (const { line, timeMs } of runtime.logs(id, { follow: true, tailLines: 1 })) {
    lines.push(Buffer.from(line).toString());
    if (lines.length === 1) {
      secondMs = timeMs;
      stopping = runtime.stopContainer(id, 60);
    }
  }
  await stopping;
  assert.deepEqual(lines, ["two\n", "three\n"]);
  const since: string[] = [];
  for await (const { line } of runtime.logs(id, { follow: false, sinceMs: secondMs + 1 })) {
    since.push(Buffer.from(line).toString());
  }
  assert.deepEqual(since, ["three\n"]);
});

test("following ends when the caller has enough", options, async (t) => {
  const { runtime } = await startTestNode(t);
  const sandbox = await runtime.runSandbox(sandboxConfig());
  const id = await runtime.createContainer(sandbox, containerConfig("echo on; sleep 1000"));
  await runtime.startContainer(id);
  const abort = new AbortController();
  const lines: string[] = [];
  for await (const { line } of runtime.logs(id, { follow: true }, abort.signal)) {
    lines.push(Buffer.from(line).toString());
    abort.abort();
  }
  assert.deepEqual(lines, ["on\n"]);
});
