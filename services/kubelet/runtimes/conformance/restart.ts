import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { joined, type Promises, until } from "./test-bench.ts";

export const restartPromises: Promises = {
  "a new runtime finds running containers, untouched": async (bench) => {
    const sandbox = await bench.sandbox({ labels: { kept: "yes" } });
    const id = await bench.shell("echo up; while :; do sleep 0.05; done", { labels: { kept: "too" } }, sandbox);
    await bench.written(id, "up");
    const before = [await bench.runtime.listSandboxes(), await bench.runtime.listContainers()];
    await bench.reopen();
    assert.deepEqual([await bench.runtime.listSandboxes(), await bench.runtime.listContainers()], before);
    assert.equal((await bench.exec(id, ["sh", "-c", "exit 6"])).exitCode, 6);
    await bench.runtime.stopContainer(id, 0);
    assert.equal((await bench.runtime.containerStatus(id)).exitCode, 137);
  },

  "a new runtime finds exit code and logs of what ended while none was open": async (bench) => {
    const directory = mkdtempSync(join(tmpdir(), "conformance-restart-"));
    try {
      const mounts = [{ hostPath: directory, containerPath: "/shared", readOnly: false }];
      const script = `echo before; while ! [ -e /shared/go ]; do sleep 0.02; done; echo between; touch /shared/over; exit 9`;
      const id = await bench.shell(script, { mounts });
      await bench.written(id, "before");
      let goneAtMs = 0;
      await bench.reopen(async () => {
        goneAtMs = Date.now();
        await sleep(500);
        writeFileSync(join(directory, "go"), "");
        await until("it is over", async () => existsSync(join(directory, "over")) || undefined);
        await sleep(500);
      });
      const { exitCode, startedAtMs = goneAtMs, finishedAtMs = 0 } = await bench.exited(id);
      assert.equal(exitCode, 9);
      assert.ok(startedAtMs < goneAtMs && finishedAtMs > goneAtMs + 400, `from ${startedAtMs} to ${finishedAtMs}`);
      assert.equal(await bench.text(id), "before\nbetween\n");
    } finally {
      rmSync(directory, { recursive: true });
    }
  },

  "no line is lost or told twice, whatever is written while none is open": async (bench) => {
    const lines = 20_000;
    const id = await bench.shell(`i=0; while [ $i -lt ${lines} ]; do echo "line $i"; i=$((i+1)); done; sleep 1000`);
    await bench.written(id, "line 0\n");
    for (let i = 0; i < 3; i++) await bench.reopen(() => sleep(30));
    await bench.written(id, `line ${lines - 1}\n`, { tailLines: 1 });
    const expected = Array.from({ length: lines }, (_, i) => `line ${i}\n`).join("");
    assert.ok((await bench.text(id)) === expected);
  },

  "following goes on after a restart, and the end is told": async (bench) => {
    const id = await bench.shell("echo one; while ! [ -e /go ]; do sleep 0.02; done; echo two");
    await bench.written(id, "one");
    await bench.reopen();
    const following = bench.logs(id, { follow: true });
    const controller = new AbortController();
    const ended = until("the end is told", async () => {
      for await (const event of bench.runtime.events(controller.signal)) {
        if (event.kind === "exited" && event.containerId === id) return true;
      }
      return undefined;
    });
    await bench.exec(id, ["touch", "/go"]);
    await ended;
    controller.abort();
    assert.equal(joined(await following), "one\ntwo\n");
  },

  "a new runtime knows created containers and stopped sandboxes": async (bench) => {
    const stopped = await bench.sandbox();
    await bench.runtime.stopSandbox(stopped);
    const created = await bench.create(await bench.sandbox(), ["sh", "-c", "exit 2"]);
    await bench.reopen();
    assert.equal((await bench.runtime.listSandboxes()).find(({ id }) => id === stopped)?.state, "NotReady");
    assert.equal((await bench.runtime.containerStatus(created)).state, "Created");
    await bench.runtime.startContainer(created);
    assert.equal((await bench.exited(created)).exitCode, 2);
  },
};
