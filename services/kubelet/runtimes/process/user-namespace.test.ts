import assert from "node:assert/strict";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { TestBench } from "../conformance/test-bench.ts";
import type { ContainerSecurity } from "../runtime.ts";
import { makeTestNode } from "./test-node.ts";

const bench = new TestBench();
const userNamespace = { hostId: 300 * 65_536, length: 65_536 };
const plain: ContainerSecurity = {
  privileged: false,
  readOnlyRootFilesystem: false,
  supplementalGroups: [],
  addCapabilities: [],
  dropCapabilities: [],
  noNewPrivileges: false,
};
let dir = "";

before(async () => {
  dir = mkdtempSync(join(tmpdir(), "pod-users-"));
  const node = await makeTestNode("user-namespace");
  const marks = [node.dir];
  await bench.open({ ...node, image: "host", serve: () => [], marks });
});

after(async () => {
  await bench.close();
  rmSync(dir, { recursive: true, force: true });
});

test("root of a pod with users of its own is nobody on the machine, and owns its files and volumes all the same", async () => {
  writeFileSync(join(dir, "given"), "text");
  const mounts = [{ hostPath: dir, containerPath: "/volume", readOnly: false }];
  const sandbox = await bench.sandbox({ userNamespace });
  const script = [
    "cat /proc/self/uid_map",
    "stat -c '%u %g' /volume/given /etc/hostname",
    "touch /root/own /dev/own && cp /volume/given /volume/taken && echo written",
    "readlink /proc/self/ns/user; sleep 1000",
  ];
  const id = await bench.shell(script.join("\n"), { mounts }, sandbox);
  await bench.written(id, "user:");
  const [map = "", given, hostname, written, namespace = ""] = (await bench.text(id)).split("\n");
  assert.deepEqual(map.trim().split(/\s+/), ["0", String(userNamespace.hostId), "65536"]);
  assert.deepEqual([given, hostname, written], ["0 0", "0 0", "written"]);
  assert.equal(statSync(join(dir, "taken")).uid, 0);
  const exec = await bench.exec(id, ["sh", "-c", "readlink /proc/self/ns/user; id -u; echo >> /volume/taken"]);
  assert.equal(exec.stdout, `${namespace}\n0\n`);
});

test("a pod's own users may do on their own mounts what they may not on the machine's", async () => {
  const sandbox = await bench.sandbox({ userNamespace });
  const security = { ...plain, addCapabilities: ["SYS_ADMIN"], runAsUser: 0 };
  const script = "mount -t tmpfs none /mnt && echo mounted; echo 1 > /proc/sys/vm/drop_caches || echo refused";
  assert.match(await bench.output(`exec 2>/dev/null; ${script}`, { security }, sandbox), /^mounted\nrefused\n$/);
});

test("containers of such a pod run as other users, on read-only roots, and share processes", async () => {
  const sandbox = await bench.sandbox({ userNamespace });
  const security = {
    ...plain,
    runAsUser: 1234,
    runAsGroup: 2345,
    supplementalGroups: [3456],
    readOnlyRootFilesystem: true,
  };
  const ids = await bench.output(
    "echo $(id -u) $(id -g) $(id -G); touch /x 2>/dev/null || echo no",
    { security, pidNamespace: "Pod" },
    sandbox,
  );
  assert.equal(ids, "1234 2345 2345 3456\nno\n");
});

test("proc is shown whole only to who asks for it", async () => {
  const sandbox = await bench.sandbox({ userNamespace });
  const script = "grep -c ' /proc/' /proc/self/mountinfo";
  assert.notEqual(await bench.output(script, {}, sandbox), "0\n");
  const security = { ...plain, showsAllOfProc: true };
  assert.equal(await bench.output(script, { security, attempt: 1 }, sandbox), "0\n");
});

test("such a pod is found again by the next kubelet, with its users", async () => {
  const sandbox = await bench.sandbox({ userNamespace });
  const id = await bench.shell("cat /proc/self/uid_map; sleep 1000", {}, sandbox);
  await bench.written(id, "65536");
  await bench.reopen();
  assert.match((await bench.exec(id, ["cat", "/proc/self/uid_map"])).stdout, new RegExp(String(userNamespace.hostId)));
  assert.match(
    await bench.output("cat /proc/self/gid_map", { name: "later" }, sandbox),
    new RegExp(String(userNamespace.hostId)),
  );
});
