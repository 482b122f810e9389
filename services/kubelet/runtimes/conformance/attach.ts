import assert from "node:assert/strict";
import { type Promises, until } from "./test-bench.ts";

export const attachPromises: Promises = {
  "attach shows what is written from now on, and passes input": async (bench) => {
    const script = "echo before; while read line; do echo out $line; echo err $line >&2; done; echo end";
    const id = await bench.shell(script, { stdin: true, stdinOnce: true });
    await until("the container has written", async () => (await bench.text(id)).includes("before") || undefined);
    const session = await bench.runtime.attach(id, { stdin: true });
    const [stdout, stderr] = [textOf(session.stdout), textOf(session.stderr)];
    session.stdin?.write("one\n");
    await until("it has answered", async () => stdout().includes("one") || undefined);
    session.stdin?.end("two\n");
    assert.equal(await session.exitCode, 0);
    await until("all is told", async () => (stdout().endsWith("end\n") && stderr().includes("two\n")) || undefined);
    assert.equal(stdout(), "out one\nout two\nend\n");
    assert.equal(stderr(), "err one\nerr two\n");
    assert.equal((await bench.exited(id)).exitCode, 0, "the end of input taken once is the container's");
  },

  "attach to a container without input gives none, and leaving leaves it": async (bench) => {
    const id = await bench.shell("sleep 1000");
    const session = await bench.runtime.attach(id, { stdin: true });
    assert.equal(session.stdin, undefined);
    await session.kill();
    session.stdout.resume();
    session.stderr?.resume();
    await session.exitCode;
    assert.equal((await bench.runtime.containerStatus(id)).state, "Running");
  },

  "a container whose input nobody took ends without a trace": async (bench) => {
    const id = await bench.shell("exit 3", { stdin: true, stdinOnce: true });
    assert.equal((await bench.exited(id)).exitCode, 3);
  },

  "attach to a terminal": async (bench) => {
    const id = await bench.start(["sh"], { stdin: true, tty: true });
    const session = await bench.runtime.attach(id, { stdin: true });
    assert.equal(session.stderr, undefined);
    const stdout = textOf(session.stdout);
    await session.resize(111, 33);
    session.stdin?.write("stty size; exit\n");
    await session.exitCode;
    await until("the size is told", async () => stdout().includes("33 111") || undefined);
  },

  "attach to what does not run is refused": async (bench) => {
    await assert.rejects(bench.runtime.attach("no-such-container", { stdin: false }), { code: "NotFound" });
    const id = await bench.shell("true");
    await bench.exited(id);
    await assert.rejects(bench.runtime.attach(id, { stdin: false }), { code: "NotRunning" });
  },
};

/** What a stream has brought so far. */
function textOf(stream: NodeJS.ReadableStream | undefined): () => string {
  let text = "";
  stream?.on("data", (chunk) => {
    text += chunk;
  });
  return () => text;
}
