import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { kernelNames } from "../../network/names.ts";
import { TestBench, until } from "../conformance/test-bench.ts";
import { traces, withoutTraces } from "../conformance/traces.ts";
import type { ProcessRuntimeOptions } from "./process-runtime.ts";
import { makeTestNode, type TestNode } from "./test-node.ts";

/** A kubelet of its own process: opens the runtime, writes `up` and stays until it is killed. */
async function startKubelet({ dir, place }: TestNode): Promise<{ kill(): Promise<void> }> {
  const program = `const { testNodeAt } = await import(${JSON.stringify(new URL("./test-node.ts", import.meta.url).href)});
    await testNodeAt(${JSON.stringify(dir)}, ${JSON.stringify(place.podCIDR)}).open();
    console.log("up");
    setInterval(() => {}, 1000);`;
  const args = ["--import", "tsx", "--input-type=module", "--eval", program];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(child, "exit");
  const [said] = await Promise.race([once(child.stdout, "data"), ended]);
  assert.equal(String(said), "up\n");
  return {
    kill: async () => {
      child.kill("SIGKILL");
      await ended;
    },
  };
}

async function withNode(
  name: string,
  check: (bench: TestBench, node: TestNode) => Promise<void>,
  changes: Partial<ProcessRuntimeOptions> = {},
): Promise<void> {
  const node = await makeTestNode(name);
  const bench = new TestBench();
  await bench.open({ ...node, open: () => node.open(changes), image: "host", serve: () => [], marks: [] });
  try {
    await check(bench, node);
  } finally {
    await bench.close();
  }
  const marks = [bench.mark, node.dir, kernelNames(node.dir).prefix, kernelNames(node.stateDir).prefix];
  await withoutTraces(marks);
}

test("kill -9 of the kubelet at any moment neither kills a container nor loses or repeats a line", async () => {
  await withNode("survival-lines", async (bench, node) => {
    const lines = 150_000;
    const id = await bench.start(["seq", "1", String(lines)], { name: "seq" });
    const slow = await bench.shell("i=0; while :; do i=$((i+1)); echo $i; sleep 0.001; done", { name: "slow" });
    await bench.reopen(async () => {
      for (let round = 0; round < 4; round++) {
        const kubelet = await startKubelet(node);
        await sleep(20 + round * 60);
        await kubelet.kill();
      }
    });
    assert.equal((await bench.exited(id)).exitCode, 0);
    const expected = Array.from({ length: lines }, (_, i) => `${i + 1}\n`).join("");
    assert.ok((await bench.text(id)) === expected);
    assert.equal((await bench.runtime.containerStatus(slow)).state, "Running");
    await bench.written(slow, "\n100\n");
    await bench.runtime.stopContainer(slow, 0);
    const text = (await bench.text(slow)).trim();
    const numbers = text.split("\n").map(Number);
    const wrong = numbers.findIndex((number, i) => number !== i + 1);
    assert.ok(
      numbers.length >= 100 && wrong === -1,
      `${numbers.length} lines, at ${wrong}: ${text.split("\n").slice(wrong - 1, wrong + 2)}`,
    );
  });
});

test("a container does not wait for a kubelet to read what it writes", async () => {
  await withNode("survival-blocking", async (bench) => {
    const id = await bench.shell(
      "while ! [ -e /go ]; do sleep 0.02; done; head -c 3000000 /dev/zero | tr '\\0' x; exit 4",
    );
    await bench.exec(id, ["touch", "/go"]);
    await bench.reopen(() => sleep(700));
    assert.equal((await bench.exited(id)).exitCode, 4);
    assert.equal((await bench.text(id)).length, 3_000_000);
  });
});

test("a container whose supervisor was killed is ended, not forgotten", async () => {
  await withNode("survival-supervisor", async (bench, node) => {
    const id = await bench.start(["sleep", "1000"]);
    const pid = Number.parseInt(readFileSync(join(node.stateDir, "containers", id, "run", "pid"), "utf8"), 10);
    for (const parent of await supervisors(pid, node.dir)) process.kill(parent, "SIGKILL");
    const status = await bench.exited(id);
    assert.equal(status.exitCode, 137);
    await until("its process is gone", async () => ((await traces([bench.mark])).length === 0 ? true : undefined));
  });
});

test("old log files are removed when there is much output, as the limits say", async () => {
  const logLimits = { maxSizeBytes: 1 << 20, maxFiles: 3 };
  const check = async (bench: TestBench, node: TestNode) => {
    const id = await bench.shell("head -c 7000000 /dev/zero | tr '\\0' x | fold -w 99; echo last");
    const status = await bench.exited(id);
    assert.equal(status.exitCode, 0);
    assert.equal(await bench.text(id, { tailLines: 1 }), `${"x".repeat(7_000_000 % 99)}last\n`);
    const kept = await bench.text(id);
    assert.ok(kept.length > 1_000_000 && kept.length < 5_000_000, `${kept.length}`);
    assert.ok(kept.endsWith("last\n"));
    const chunks = readdirSync(join(node.stateDir, "containers", id, "run")).filter((name) =>
      name.startsWith("stdout."),
    );
    assert.ok(chunks.length <= 1, "what has been moved to the log is removed");
    assert.equal(readdirSync(join(node.stateDir, "containers", id, "logs")).length, 3);
  };
  await withNode("survival-rotation", check, { logLimits });
});

/** The processes above `pid` that belong to the runtime. */
async function supervisors(pid: number, mark: string): Promise<number[]> {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const parent = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
  const isOurs = parent > 1 && readFileSync(`/proc/${parent}/cmdline`, "utf8").includes(mark);
  return isOurs ? [parent, ...(await supervisors(parent, mark))] : [];
}
