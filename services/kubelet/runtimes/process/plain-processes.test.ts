import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { createLoopbackNetwork } from "../../network/loopback-network.ts";
import { TestBench, until } from "../conformance/test-bench.ts";
import { createProcessRuntime, type ProcessRuntime } from "./process-runtime.ts";

const isRoot = process.getuid?.() === 0;

test("without isolation containers are processes with logs, exit codes, exec and an address of their own", async () => {
  const dir = mkdtempSync(join(tmpdir(), "plain-processes-"));
  const bench = new TestBench();
  const place = { internalIP: "127.0.0.1", podCIDR: "127.88.1.0/24" };
  const stateDir = join(dir, "runtime");
  let opened: ProcessRuntime | undefined;
  await bench.open({
    place,
    image: "any/image:1",
    serve: () => [],
    marks: [],
    open: async () => {
      const network = await createLoopbackNetwork({ stateDir: join(dir, "network"), podCIDR: place.podCIDR });
      const options = { stateDir, nodeName: "node", network, place, hostImages: true };
      opened = await createProcessRuntime(isRoot ? { ...options, isolation: false } : options);
      return opened;
    },
    dispose: async () => rmSync(dir, { recursive: true }),
  });
  try {
    assert.match(opened?.limitations.join("\n") ?? "", /no namespaces/);
    assert.equal(await bench.runtime.problem(), undefined);

    const sandbox = await bench.sandbox();
    const addresses = (await bench.runtime.listSandboxes())[0]?.ips;
    assert.match(addresses?.[0] ?? "", /^127\.88\.1\./);

    const env = [{ name: "A_B", value: "c d" }];
    const ended = await bench.shell(
      "echo out; echo err >&2; env | grep A_B; pwd; exit 3",
      { env, workingDir: "/usr" },
      sandbox,
    );
    assert.equal((await bench.exited(ended)).exitCode, 3);
    const lines = (await bench.text(ended)).trim().split("\n").sort();
    assert.deepEqual(lines, ["/usr", "A_B=c d", "err", "out"]);

    await assert.rejects(bench.start(["no-such-command"], {}, sandbox), { code: "StartFailed" });
    await assert.rejects(bench.start(["true"], { workingDir: "/no/such/dir" }, sandbox), { code: "StartFailed" });

    const id = await bench.shell("echo up; sleep 1000 & sleep 1000", {}, sandbox);
    await bench.written(id, "up");
    await bench.reopen();
    assert.equal((await bench.runtime.containerStatus(id)).state, "Running");
    assert.deepEqual(await bench.exec(id, ["sh", "-c", "cat; exit 5"], "input"), {
      stdout: "input",
      stderr: "",
      exitCode: 5,
    });
    await bench.runtime.stopContainer(id, 0);
    assert.equal((await bench.runtime.containerStatus(id)).exitCode, 137);
    assert.equal(await bench.text(id), "up\n");

    const polite = await bench.shell("trap 'exit 7' TERM; echo up; while :; do sleep 0.05; done", {}, sandbox);
    await bench.written(polite, "up");
    await bench.runtime.stopContainer(polite, 60);
    assert.equal((await bench.runtime.containerStatus(polite)).exitCode, 7);
  } finally {
    await bench.close();
  }
  await until("no process is left", async () => {
    const { stdout } = spawnSync("sh", ["-c", `grep -l "${bench.mark}" /proc/[0-9]*/environ 2>/dev/null`]);
    return stdout.toString().trim() === "" ? true : undefined;
  });
});

test("the same as a user without privileges", { skip: !isRoot && "this is that user" }, () => {
  const home = mkdtempSync(join(tmpdir(), "plain-user-"));
  chmodSync(home, 0o777);
  try {
    const file = fileURLToPath(import.meta.url);
    const node = [process.execPath, "--import", "tsx", "--test", file];
    const env = { PATH: process.env["PATH"], HOME: home, TMPDIR: home };
    const child = spawnSync("setpriv", ["--reuid=65534", "--regid=65534", "--clear-groups", ...node], { env });
    assert.equal(child.status, 0, `${child.stdout}${child.stderr}`);
  } finally {
    rmSync(home, { recursive: true });
  }
});
