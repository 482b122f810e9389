import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Mount } from "../runtime.ts";
import { type Promises, until, untilTold } from "./test-bench.ts";

export const containerPromises: Promises = {
  "a container is created, runs and ends with its exit code": async (bench) => {
    const sandbox = await bench.sandbox();
    const script = `${untilTold("go")}; exit 3`;
    const id = await bench.create(sandbox, ["sh", "-c", script], { attempt: 2, labels: { l: "1" } });
    const created = await bench.runtime.containerStatus(id);
    assert.equal(created.state, "Created");
    assert.equal(created.startedAtMs, undefined);
    assert.equal(created.exitCode, undefined);
    await bench.runtime.startContainer(id);
    const running = await bench.runtime.containerStatus(id);
    assert.equal(running.state, "Running");
    assert.ok(Math.abs((running.startedAtMs ?? 0) - Date.now()) < 600_000);
    await bench.exec(id, ["touch", "/go"]);
    const ended = await bench.exited(id);
    assert.ok((ended.finishedAtMs ?? 0) > (ended.startedAtMs ?? Number.POSITIVE_INFINITY));
    const { sandboxId, name, attempt, image, exitCode, reason, labels } = ended;
    assert.deepEqual(
      { sandboxId, name, attempt, image, exitCode, reason, labels },
      {
        sandboxId: sandbox,
        name: "main",
        attempt: 2,
        image: bench.subject.image,
        exitCode: 3,
        reason: "Error",
        labels: { l: "1" },
      },
    );
    assert.ok(ended.imageId);
  },

  "limits of a running container and of its pod can be changed": async (bench) => {
    const sandbox = await bench.sandbox({ resources: { cpuLimit: 1, memoryLimitBytes: 64 << 20 } });
    const id = await bench.shell("sleep 1000", { resources: { cpuLimit: 0.5, memoryLimitBytes: 32 << 20 } }, sandbox);
    const read = "cat /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null || cat /sys/fs/cgroup/memory.max";
    const limit = async () => Number((await bench.exec(id, ["sh", "-c", read])).stdout);
    assert.equal(await limit(), 32 << 20);
    await bench.runtime.updateSandbox(sandbox, { cpuLimit: 2, memoryLimitBytes: 128 << 20 });
    await bench.runtime.updateContainer(id, { cpuShares: 512, cpuLimit: 1.5, memoryLimitBytes: 48 << 20 });
    assert.equal(await limit(), 48 << 20);
    await assert.rejects(bench.runtime.updateContainer("nobody", {}), { code: "NotFound" });
  },

  "a container that succeeds is completed": async (bench) => {
    const { exitCode, reason } = await bench.exited(await bench.start(["true"]));
    assert.deepEqual({ exitCode, reason }, { exitCode: 0, reason: "Completed" });
  },

  "containers are listed by sandbox, restarts of the same name side by side": async (bench) => {
    const sandbox = await bench.sandbox();
    const first = await bench.start(["true"], { attempt: 0 }, sandbox);
    const second = await bench.start(["true"], { attempt: 1 }, sandbox);
    const other = await bench.start(["true"]);
    const ids = async (id?: string) => (await bench.runtime.listContainers(id)).map((status) => status.id).sort();
    assert.deepEqual(await ids(sandbox), [first, second].sort());
    assert.deepEqual(await ids(), [first, second, other].sort());
    await bench.exited(first);
    await bench.runtime.removeContainer(first);
    assert.deepEqual(await ids(sandbox), [second]);
  },

  "command, arguments, environment and working directory are as asked": async (bench) => {
    const env = [
      { name: "A", value: "one  two\n'three' $HOME \\" },
      { name: "my.var-x", value: "dotted" },
    ];
    const script = 'printf "%s|" "$PWD" "$A" "$@"; cat /proc/$$/environ; true';
    const args = ["-c", script, "sh", "x y", "", "$z"];
    const id = await bench.start(["sh"], { args, env, workingDir: "/made/when missing" });
    await bench.exited(id);
    const text = await bench.text(id);
    assert.ok(text.startsWith("/made/when missing|one  two\n'three' $HOME \\|x y||$z|"), text);
    assert.ok(text.split("\0").includes("my.var-x=dotted") || text.includes("my.var-x=dotted\0"), text);
  },

  "a command that is missing or may not be run fails to start": async (bench) => {
    const sandbox = await bench.sandbox();
    await assert.rejects(bench.start(["no-such-command"], {}, sandbox), {
      code: "StartFailed",
      message: /no-such-command/,
    });
    await assert.rejects(bench.start(["/etc/passwd"], { attempt: 1 }, sandbox), { code: "StartFailed" });
    await assert.rejects(bench.start(["/no/such/path"], { attempt: 2 }, sandbox), { code: "StartFailed" });
  },

  "an unknown image is not found": async (bench) => {
    const sandbox = await bench.sandbox();
    await assert.rejects(bench.create(sandbox, ["true"], { image: "localhost:1/no/such:image" }), {
      code: "ImageNotFound",
    });
  },

  "a stopped container gets SIGTERM and may end in its own time": async (bench) => {
    const id = await bench.shell("trap 'echo bye; exit 7' TERM; echo up; while :; do sleep 0.05; done");
    await bench.written(id, "up");
    await bench.runtime.stopContainer(id, 60);
    const status = await bench.runtime.containerStatus(id);
    assert.equal(status.state, "Exited");
    assert.equal(status.exitCode, 7);
    assert.equal(await bench.text(id), "up\nbye\n");
    await bench.runtime.stopContainer(id, 10);
  },

  "a container that ignores SIGTERM is killed after the grace period, with all its processes": async (bench) => {
    const id = await bench.shell("trap '' TERM; (sleep 1000) & sh -c 'sleep 1000' & echo up; wait; wait");
    await bench.written(id, "up");
    const startedAt = performance.now();
    await bench.runtime.stopContainer(id, 1);
    const took = performance.now() - startedAt;
    assert.ok(took > 900, `${took} ms`);
    assert.equal((await bench.runtime.containerStatus(id)).exitCode, 137);
  },

  "a grace period of zero kills at once": async (bench) => {
    const sandbox = await bench.sandbox();
    const killed = async (attempt: number) => {
      const id = await bench.start(["sleep", "1000"], { attempt }, sandbox);
      const startedAt = performance.now();
      await bench.runtime.stopContainer(id, 0);
      const took = performance.now() - startedAt;
      assert.equal((await bench.runtime.containerStatus(id)).exitCode, 137);
      assert.equal(await bench.text(id), "", "nobody speaks for it");
      return took;
    };
    let took = await killed(0);
    // A busy machine may be late once or twice.
    for (let attempt = 1; took >= 3_000 && attempt < 10; attempt++) took = await killed(attempt);
    assert.ok(took < 3_000, `${took} ms`);
  },

  "processes that outlive the main process are killed with it": async (bench) => {
    const sandbox = await bench.sandbox();
    const id = await bench.shell("sleep 1000 & exit 0", {}, sandbox);
    assert.equal((await bench.exited(id)).exitCode, 0);
    assert.deepEqual(await bench.runtime.stats(sandbox), []);
  },

  "a running container is killed when it is removed": async (bench) => {
    const id = await bench.start(["sleep", "1000"]);
    await bench.runtime.removeContainer(id);
    await assert.rejects(bench.runtime.containerStatus(id), { code: "NotFound" });
  },

  "mounts: directories and files, writable and read-only, at paths that are made when missing": async (bench) => {
    const dir = mkdtempSync(join(tmpdir(), "conformance-mounts-"));
    try {
      mkdirSync(join(dir, "data"));
      writeFileSync(join(dir, "data", "in"), "from host\n");
      writeFileSync(join(dir, "file"), "a file\n");
      chmodSync(dir, 0o755);
      const mount = (hostPath: string, containerPath: string, readOnly: boolean): Mount => ({
        hostPath: join(dir, hostPath),
        containerPath,
        readOnly,
      });
      const mounts = [
        mount("data", "/mnt/new/rw", false),
        mount("data", "/mnt/ro", true),
        mount("file", "/etc/made/config", true),
      ];
      const script =
        "cat /mnt/ro/in /etc/made/config; echo out > /mnt/new/rw/out; touch /mnt/ro/x || echo denied; echo > /etc/made/config || echo denied";
      const text = await bench.output(script, { mounts });
      assert.ok(text.includes("from host\n") && text.includes("a file\n"), text);
      assert.equal(text.split("\n").filter((line) => line === "denied").length, 2, text);
      assert.equal(readFileSync(join(dir, "data", "out"), "utf8"), "out\n");
    } finally {
      rmSync(dir, { recursive: true });
    }
  },

  "a mount into a mount is made after it, whatever the order": async (bench) => {
    const dir = mkdtempSync(join(tmpdir(), "conformance-mounts-"));
    try {
      for (const name of ["outer", "inner"]) {
        mkdirSync(join(dir, name));
        writeFileSync(join(dir, name, name), "");
      }
      const mounts = [
        { hostPath: join(dir, "inner"), containerPath: "/mnt/data/inner", readOnly: false },
        { hostPath: join(dir, "outer"), containerPath: "/mnt/data", readOnly: false },
      ];
      assert.equal(await bench.output("cd /mnt/data; echo * inner/*", { mounts }), "inner outer inner/inner\n");
    } finally {
      rmSync(dir, { recursive: true });
    }
  },

  "what a container writes is its own, and its image stays as it was": async (bench) => {
    const sandbox = await bench.sandbox();
    const script =
      "cat /conformance-file 2>/dev/null || echo fresh; echo used > /conformance-file; cat /conformance-file";
    assert.equal(await bench.output(script, {}, sandbox), "fresh\nused\n");
    assert.equal(await bench.output(script, { attempt: 1 }, sandbox), "fresh\nused\n");
  },

  "a container over its memory limit is killed and says so": async (bench) => {
    // Docker and containerd lose the kernel's word when it comes before they listen, or when the container has gone by then.
    const script = [
      untilTold("go"),
      "dd if=/dev/zero of=/dev/null bs=300M count=1",
      "code=$?",
      "echo ended",
      untilTold("end"),
      "exit $code",
    ].join("; ");
    // There is room for what a runtime needs to run a command in it.
    const id = await bench.shell(script, { resources: { memoryLimitBytes: 64 << 20 } });
    await bench.exec(id, ["touch", "/go"]);
    await bench.written(id, "ended");
    await bench.exec(id, ["touch", "/end"]);
    assert.equal((await bench.exited(id)).exitCode, 137);
    // They hear of the end and of its reason by two ways, one of which may be slower.
    await until("the reason is known", async () => {
      return (await bench.runtime.containerStatus(id)).reason === "OOMKilled" || undefined;
    });
  },

  "stats tell of processor time, memory and processes of what runs": async (bench) => {
    const sandbox = await bench.sandbox();
    const ended = await bench.start(["true"], { name: "ended" }, sandbox);
    const busy = await bench.shell("while :; do :; done", { name: "busy", resources: { cpuLimit: 0.5 } }, sandbox);
    await bench.exited(ended);
    const sample = async () => {
      const [stats, ...rest] = await bench.runtime.stats(sandbox);
      assert.ok(stats);
      assert.deepEqual(rest, []);
      return stats;
    };
    const first = await sample();
    const second = await until("processor time has been used", async () => {
      const stats = await sample();
      return stats.cpuUsageNanos > first.cpuUsageNanos && stats.memoryWorkingSetBytes > 0 ? stats : undefined;
    });
    const { containerId, sandboxId, name } = second;
    assert.deepEqual({ containerId, sandboxId, name }, { containerId: busy, sandboxId: sandbox, name: "busy" });
    assert.ok(second.pids >= 1);
    assert.ok(second.timeMs >= first.timeMs);
    assert.ok(second.memoryWorkingSetBytes <= second.memoryUsageBytes);
  },
};
