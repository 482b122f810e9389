import assert from "node:assert/strict";
import { finished, type Promises, until } from "./test-bench.ts";

export const execPromises: Promises = {
  "exec answers stdout, stderr and the exit code": async (bench) => {
    const id = await bench.start(["sleep", "1000"]);
    const result = await bench.exec(id, ["sh", "-c", "echo out; echo err >&2; exit 4"]);
    assert.deepEqual(result, { stdout: "out\n", stderr: "err\n", exitCode: 4 });
  },

  "exec passes stdin and its end": async (bench) => {
    const id = await bench.start(["sleep", "1000"]);
    assert.equal((await bench.exec(id, ["cat"], "some\ninput")).stdout, "some\ninput");
    assert.equal((await bench.exec(id, ["cat"])).stdout, "", "without stdin there is nothing to read");
    const large = "x".repeat(2_000_000);
    assert.ok((await bench.exec(id, ["cat"], large)).stdout === large);
  },

  "exec has streams that can be opened by name": async (bench) => {
    const id = await bench.start(["sleep", "1000"]);
    const script = "cat /dev/stdin; echo out > /dev/stdout; echo err > /dev/stderr";
    const result = await bench.exec(id, ["sh", "-c", script], "in\n");
    assert.deepEqual(result, { stdout: "in\nout\n", stderr: "err\n", exitCode: 0 });
  },

  "exec runs beside the container: same files, network, processes, user, environment and directory": async (bench) => {
    const security = {
      privileged: false,
      readOnlyRootFilesystem: false,
      runAsUser: 1234,
      supplementalGroups: [77],
      addCapabilities: [],
      dropCapabilities: ["ALL"],
      noNewPrivileges: false,
    };
    const id = await bench.start(["sleep", "1000"], {
      security,
      env: [{ name: "A", value: "b c" }],
      workingDir: "/tmp",
    });
    const script = "id -u; id -G; echo $A $PWD; cat /proc/1/cmdline; readlink /proc/self/ns/net /proc/1/ns/net";
    const lines = (await bench.exec(id, ["sh", "-c", script])).stdout.split("\n");
    assert.equal(lines[0], "1234");
    assert.deepEqual(lines[1]?.split(" ").sort(), ["0", "77"]);
    assert.equal(lines[2], "b c /tmp");
    assert.ok(lines[3]?.startsWith("sleep\u00001000\0"), lines[3]);
  },

  "exec with a terminal": async (bench) => {
    const id = await bench.start(["sleep", "1000"]);
    const session = await bench.runtime.exec(id, { command: ["sh"], stdin: true, tty: true });
    assert.equal(session.stderr, undefined);
    let output = "";
    session.stdout.on("data", (chunk) => {
      output += chunk;
    });
    session.stdin?.write("test -t 0 && test -t 1 && echo is a terminal: $((40 + 2))\n");
    await until("the shell has answered", async () => output.includes("is a terminal: 42") || undefined);
    await session.resize(111, 33);
    session.stdin?.write("stty size\n");
    await until("the size is known", async () => output.includes("33 111") || undefined);
    session.stdin?.write("exit 5\n");
    assert.equal(await session.exitCode, 5);
  },

  "an exec can be killed": async (bench) => {
    const id = await bench.start(["sleep", "1000"]);
    const session = await bench.runtime.exec(id, {
      command: ["sh", "-c", "echo up; sleep 999"],
      stdin: false,
      tty: false,
    });
    const result = finished(session);
    await new Promise((resolve) => session.stdout.once("data", resolve));
    await session.kill();
    assert.notEqual((await result).exitCode, 0);
    await until("its processes have gone", async () => {
      const listing = await bench.exec(id, ["sh", "-c", "cat /proc/[0-9]*/cmdline"]);
      return !listing.stdout.includes("sleep\u0000999") || undefined;
    });
    assert.equal((await bench.runtime.containerStatus(id)).state, "Running");
  },

  "exec of what is missing or not running is refused": async (bench) => {
    const id = await bench.start(["sleep", "1000"]);
    await assert.rejects(bench.exec(id, ["no-such-command"]), { code: "StartFailed", message: /no-such-command/ });
    await assert.rejects(bench.exec("no-such-container", ["true"]), { code: "NotFound" });
    await bench.runtime.stopContainer(id, 0);
    await assert.rejects(bench.exec(id, ["true"]), { code: "NotRunning" });
  },
};
