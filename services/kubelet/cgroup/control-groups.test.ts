import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { eventually } from "../../../lib/base/eventually.ts";
import { type ControlGroups, findControlGroups } from "./control-groups.ts";
import { createControlGroupsV1 } from "./control-groups-v1.ts";
import { cpuWeight, createControlGroupsV2 } from "./control-groups-v2.ts";

const limits = {
  cpuShares: 512,
  cpuLimit: 0.5,
  memoryLimitBytes: 64 << 20,
  pidsLimit: 20,
  hugePages: { "2MB": 4 << 20 },
};

test("the machine's groups: a process joins, is counted and leaves nothing behind", async () => {
  const groups = await findControlGroups();
  assert.ok(groups, "needs the right to make control groups");
  const path = `typernetes-test-${process.pid}`;
  groups.create(`${path}/inner`, limits);
  try {
    const files = groups.joinFiles(`${path}/inner`);
    const join = files.map((file) => `echo 0 > ${file}`).join("; ");
    const child = spawn("sh", ["-c", `${join}; echo joined; exec sleep 1000`], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await once(child.stdout, "data");
    assert.equal(groups.usage(path)?.pids, 1);
    await eventually(() => {
      const { memoryUsageBytes = 0, cpuUsageNanos = 0 } = groups.usage(path) ?? {};
      return memoryUsageBytes > 0 && cpuUsageNanos > 0;
    });
    assert.equal(groups.memoryKills(`${path}/inner`), 0);
    child.kill("SIGKILL");
    await once(child, "exit");
  } finally {
    await groups.remove(path);
  }
  assert.equal(groups.usage(path), undefined);
  await groups.remove(path);
});

test("version 1 writes each limit to its controller", () => {
  withTree((root) => {
    const controllers = ["cpu", "cpuacct", "memory", "pids", "hugetlb"];
    const hierarchies = new Map(controllers.map((name) => [name, join(root, name)]));
    mkdirSync(join(root, "hugetlb/a/b"), { recursive: true });
    for (const size of ["2MB", "1GB", "2MB.rsvd"])
      writeFileSync(join(root, `hugetlb/a/b/hugetlb.${size}.limit_in_bytes`), "max");
    const groups = createControlGroupsV1(hierarchies);
    groups.create("a/b", limits);
    const read = (name: string) => readFileSync(join(root, name), "utf8");
    assert.equal(read("cpu/a/b/cpu.shares"), "512");
    assert.equal(read("cpu/a/b/cpu.cfs_quota_us"), "50000");
    assert.equal(read("memory/a/b/memory.limit_in_bytes"), String(64 << 20));
    assert.equal(read("pids/a/b/pids.max"), "20");
    const pages = ["2MB", "1GB", "2MB.rsvd"].map((size) => read(`hugetlb/a/b/hugetlb.${size}.limit_in_bytes`));
    assert.deepEqual(pages, [String(4 << 20), "0", "max"]);
    writeFileSync(join(root, "memory/a/b/memory.oom_control"), "oom_kill_disable 0\nunder_oom 0\noom_kill 3\n");
    assert.equal(groups.memoryKills("a/b"), 3);
  });
});

test("version 2 hands controllers down, writes limits and reads use", () => {
  withTree((root) => {
    for (const dir of ["", "a"]) {
      mkdirSync(join(root, dir), { recursive: true });
      writeFileSync(join(root, dir, "cgroup.controllers"), "cpuset cpu io memory pids hugetlb\n");
    }
    mkdirSync(join(root, "a/b"));
    for (const size of ["2MB", "1GB"]) writeFileSync(join(root, `a/b/hugetlb.${size}.max`), "max");
    const groups: ControlGroups = createControlGroupsV2(root);
    groups.create("a/b", limits);
    const read = (name: string) => readFileSync(join(root, name), "utf8");
    assert.equal(read("cgroup.subtree_control"), "+cpu +memory +pids +hugetlb");
    assert.equal(read("a/cgroup.subtree_control"), "+cpu +memory +pids +hugetlb");
    assert.ok(!existsSync(join(root, "a/b/cgroup.subtree_control")), "a group with processes hands nothing down");
    assert.equal(read("a/b/cpu.weight"), "20");
    assert.equal(read("a/b/cpu.max"), "50000 100000");
    assert.equal(read("a/b/memory.max"), String(64 << 20));
    assert.equal(read("a/b/memory.oom.group"), "1");
    assert.equal(read("a/b/pids.max"), "20");
    assert.deepEqual([read("a/b/hugetlb.2MB.max"), read("a/b/hugetlb.1GB.max")], [String(4 << 20), "0"]);
    const state = { "memory.current": "5000\n", "memory.stat": "anon 1\ninactive_file 2000\n", "pids.current": "2\n" };
    for (const [name, text] of Object.entries(state)) writeFileSync(join(root, "a/b", name), text);
    writeFileSync(join(root, "a/b/cpu.stat"), "usage_usec 7\nuser_usec 3\n");
    writeFileSync(join(root, "a/b/memory.events"), "low 0\noom 1\noom_kill 1\n");
    assert.deepEqual(groups.usage("a/b"), {
      cpuUsageNanos: 7_000,
      memoryUsageBytes: 5_000,
      memoryWorkingSetBytes: 3_000,
      pids: 2,
    });
    assert.equal(groups.memoryKills("a/b"), 1);
    assert.deepEqual(groups.joinFiles("a/b"), [join(root, "a/b/cgroup.procs")]);
    assert.deepEqual(groups.directories("a/b"), [{ directory: join(root, "a/b"), name: "" }]);
  });
});

test("which version the machine has is read from its mounts; without a right to it there is none", async () => {
  assert.equal(await findControlGroups("25 1 0:1 / /proc rw - proc proc rw\n"), undefined);
  assert.equal(await findControlGroups("25 1 0:1 / /no/such/dir rw shared:1 - cgroup2 cgroup2 rw\n"), undefined);
});

test("shares become weights as in Kubernetes", () => {
  assert.deepEqual([2, 1024, 262_144, 1].map(cpuWeight), [1, 39, 10_000, 1]);
});

function withTree(check: (root: string) => void): void {
  const root = mkdtempSync(join(tmpdir(), "control-groups-"));
  try {
    check(root);
  } finally {
    rmSync(root, { recursive: true });
  }
}
