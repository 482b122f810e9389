import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { runCommand } from "../../network/command.ts";
import { createLoopbackNetwork } from "../../network/loopback-network.ts";
import { finished, TestBench } from "../conformance/test-bench.ts";
import { makeTestNode, type TestNode } from "./test-node.ts";

let node: TestNode;
const bench = new TestBench();

before(async () => {
  node = await makeTestNode("process-mounts");
  await bench.open({ ...node, image: "host", serve: () => [], marks: [] });
});

after(() => bench.close());

test("a container sees the machine's programs, but not the cluster's data nor its running state", async () => {
  writeFileSync(join(node.dir, "secret"), "");
  const text = await bench.output(`ls -A ${node.dir} /run; ls -d ${process.execPath}; ls -A /.typernetes/old`);
  assert.equal(text, `/run:\n\n${node.dir}:\n${process.execPath}\n`);
});

test("a container has no other open files than its own three", async () => {
  assert.equal(await bench.output("ls /proc/$$/fd"), "0\n1\n2\n");
});

test("a container reads its own limits from its control group", async () => {
  const resources = { memoryLimitBytes: 64 << 20, pidsLimit: 77 };
  const text = await bench.output(
    "cd /sys/fs/cgroup; cat memory/memory.limit_in_bytes memory.max pids/pids.max pids.max 2>/dev/null",
    { resources },
  );
  assert.equal(text, `${64 << 20}\n77\n`);
});

test("symbolic links on the way to a mount stay in the container", async () => {
  const outside = join(node.dir, "outside");
  mkdirSync(join(node.dir, "volume"));
  mkdirSync(outside);
  writeFileSync(join(node.dir, "file"), "content\n");
  symlinkSync(outside, join(node.dir, "volume", "link"));
  const mounts = [
    { hostPath: join(node.dir, "volume"), containerPath: "/mnt/volume", readOnly: false },
    { hostPath: join(node.dir, "file"), containerPath: "/var/run/made/file", readOnly: true },
  ];
  assert.equal(await bench.output("cat /var/run/made/file /run/made/file", { mounts }), "content\ncontent\n");
  assert.ok(!existsSync("/run/made"));
});

test("later mounts on the machine are seen where the pod asks for it", async () => {
  const shared = join(node.dir, "shared");
  mkdirSync(join(shared), { recursive: true });
  await runCommand(["mount", "-t", "tmpfs", "tmpfs", shared]);
  try {
    await runCommand(["mount", "--make-shared", shared]);
    mkdirSync(join(shared, "later"));
    const mounts = [
      { hostPath: shared, containerPath: "/mnt/shared", readOnly: false, propagation: "HostToContainer" } as const,
    ];
    const id = await bench.shell("echo up; sleep 1000", { mounts });
    await runCommand(["mount", "-t", "tmpfs", "tmpfs", join(shared, "later")]);
    writeFileSync(join(shared, "later", "file"), "seen");
    assert.equal((await bench.exec(id, ["cat", "/mnt/shared/later/file"])).stdout, "seen");
    await bench.removeSandboxes();
  } finally {
    await runCommand(["umount", "--recursive", "--lazy", shared]);
  }
});

test("disks of the machine may come and go while a container starts", async () => {
  const place = mkdtempSync(join(tmpdir(), "passing-disk-"));
  const going = join(place, "going");
  writeFileSync(going, "");
  const script = `while [ -e ${going} ]; do
    mkdir ${place}/disk && mount -t overlay overlay -o lowerdir=/usr/bin:/usr/sbin ${place}/disk && umount --lazy ${place}/disk
    rmdir ${place}/disk
  done`;
  const passing = spawn("sh", ["-c", script], { stdio: "ignore" });
  try {
    for (let start = 0; start < 8; start++) assert.equal(await bench.output("echo up"), "up\n");
  } finally {
    const ended = once(passing, "exit");
    rmSync(going);
    await ended;
    rmSync(place, { recursive: true });
  }
});

test("a mount whose source is missing is refused by name", async () => {
  const mounts = [{ hostPath: "/no/such/source", containerPath: "/mnt/x", readOnly: false }];
  const error = { code: "InvalidConfig", message: /\/no\/such\/source/ };
  await assert.rejects(bench.shell("true", { mounts }), error);
});

test("a container with a terminal", async () => {
  const id = await bench.shell("test -t 0 && test -t 1 && test -t 2 && echo terminal; exit 6", {
    tty: true,
    stdin: true,
  });
  assert.equal((await bench.exited(id)).exitCode, 6);
  assert.equal(await bench.text(id), "terminal\r\n");
});

test("what a command has written waits for who reads slowly, also after its end", async () => {
  const id = await bench.start(["sleep", "1000"]);
  const command = ["head", "-c", "300000", "/dev/zero"];
  const session = await bench.runtime.exec(id, { command, stdin: false, tty: false });
  // Longer than streams may be held by what a command leaves behind.
  await sleep(3_000);
  const { stdout, exitCode } = await finished(session);
  assert.deepEqual([stdout.length, exitCode], [300_000, 0]);
});

test("layers in memory, where the file system cannot hold them", async () => {
  const memory = await makeTestNode("process-memory");
  const small = new TestBench();
  await small.open({
    ...memory,
    open: async () => {
      const runtime = await memory.open({ layersInMemory: true });
      assert.match(runtime.limitations.join(), /in memory/);
      return runtime;
    },
    image: "host",
    serve: () => [],
    marks: [],
  });
  try {
    assert.equal(await small.output("echo written > /file; cat /file; stat -f -c %T /"), "written\noverlayfs\n");
  } finally {
    await small.close();
  }
});

test("where pods share the machine's network, they are isolated in all else", async () => {
  const shared = await makeTestNode("process-shared");
  const own = new TestBench();
  await own.open({
    ...shared,
    open: async () => {
      const network = await createLoopbackNetwork({ stateDir: join(shared.dir, "loopback"), podCIDR: "127.89.1.0/24" });
      return shared.open({ network });
    },
    image: "host",
    serve: () => [],
    marks: [],
  });
  try {
    const text = await own.output("echo $$; readlink /proc/self/ns/net");
    assert.equal(text, `1\n${readlinkSync("/proc/self/ns/net")}\n`);
    assert.match((await own.runtime.listSandboxes())[0]?.ips[0] ?? "", /^127\.89\.1\./);
  } finally {
    await own.close();
  }
});
