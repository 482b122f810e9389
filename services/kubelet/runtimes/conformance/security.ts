import assert from "node:assert/strict";
import { readFileSync, readlinkSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runCommand } from "../../network/command.ts";
import type { ContainerConfig, ContainerSecurity, Mount } from "../runtime.ts";
import type { Promises } from "./test-bench.ts";

const plain: ContainerSecurity = {
  privileged: false,
  readOnlyRootFilesystem: false,
  supplementalGroups: [],
  addCapabilities: [],
  dropCapabilities: [],
  noNewPrivileges: false,
};

const NET_ADMIN = 1n << 12n;
const SYS_ADMIN = 1n << 21n;
const CHOWN = 1n << 0n;

const capabilitiesScript = "while read -r k v; do case $k in CapEff:) echo $v;; esac; done < /proc/self/status";

/** What is mounted on the machine within a directory. */
function mountedPaths(within: string): string[] {
  const lines = readFileSync("/proc/self/mountinfo", "utf8").split("\n");
  const paths = lines.map((line) => line.split(" ")[4] ?? "");
  return paths.filter((path) => path.startsWith(`${within}/`)).sort();
}

export const securityPromises: Promises = {
  "user, group and supplemental groups are as asked": async (bench) => {
    const security = { ...plain, runAsUser: 1234, runAsGroup: 2345, supplementalGroups: [3456, 4567] };
    const groups = await bench.output("echo $(id -u) $(id -g) $(id -G)", { security });
    assert.deepEqual(groups.trim().split(" ").slice(0, 2), ["1234", "2345"]);
    assert.deepEqual(groups.trim().split(" ").slice(2).sort(), ["2345", "3456", "4567"]);
  },

  "a user without a group is in group 0": async (bench) => {
    assert.equal(await bench.output("echo $(id -u) $(id -g)", { security: { ...plain, runAsUser: 1234 } }), "1234 0\n");
  },

  "a user without privileges can write to its output by name": async (bench) => {
    const security = { ...plain, runAsUser: 1234 };
    const text = await bench.output("echo out > /dev/stdout; echo err > /dev/stderr", { security });
    assert.deepEqual(text.split("\n").sort(), ["", "err", "out"]);
  },

  "capabilities are a small set, changed by add and drop": async (bench) => {
    const sandbox = await bench.sandbox();
    let attempt = 0;
    const effective = async (changes: Partial<ContainerSecurity>) => {
      const options = { security: { ...plain, ...changes }, attempt: attempt++ };
      return BigInt(`0x${(await bench.output(capabilitiesScript, options, sandbox)).trim()}`);
    };
    const standard = await effective({});
    assert.equal(standard & (NET_ADMIN | SYS_ADMIN), 0n);
    assert.equal(standard & CHOWN, CHOWN);
    assert.equal(await effective({ dropCapabilities: ["ALL"] }), 0n);
    assert.equal(await effective({ dropCapabilities: ["ALL"], addCapabilities: ["NET_ADMIN"] }), NET_ADMIN);
    assert.equal(await effective({ dropCapabilities: ["CHOWN"] }), standard & ~CHOWN);
    assert.equal((await effective({ privileged: true })) & SYS_ADMIN, SYS_ADMIN);
    assert.equal(await effective({ runAsUser: 1234 }), 0n);
  },

  "no new privileges": async (bench) => {
    const script = "while read -r k v; do case $k in NoNewPrivs:) echo $v;; esac; done < /proc/self/status";
    assert.equal(await bench.output(script, { security: { ...plain, noNewPrivileges: true } }), "1\n");
    assert.equal(await bench.output(script), "0\n");
  },

  "a read-only root file system cannot be written, mounts can": async (bench) => {
    const security = { ...plain, readOnlyRootFilesystem: true };
    const text = await bench.output("touch /x 2>/dev/null || echo denied; echo ok > /dev/shm/x && cat /dev/shm/x", {
      security,
    });
    assert.equal(text, "denied\nok\n");
  },

  "a container sees the machine's processes, or another container's, when it is to": async (bench) => {
    const sandbox = await bench.sandbox();
    const target = await bench.shell("sleep 1000", { name: "target" }, sandbox);
    const namespace = "readlink /proc/self/ns/pid";
    const own = (await bench.exec(target, ["sh", "-c", namespace])).stdout;
    const guest = { name: "guest", pidNamespace: { containerId: target } };
    assert.equal(await bench.output(namespace, guest, sandbox), own);
    const machine = await bench.output(namespace, { pidNamespace: "Node" }, await bench.sandbox({ hostPID: true }));
    assert.equal(machine, `${readlinkSync("/proc/self/ns/pid")}\n`);
  },

  "containers of a sandbox see each other's processes when they are to, and start again among them": async (bench) => {
    const sandbox = await bench.sandbox();
    const namespace = "readlink /proc/self/ns/pid";
    const shared: Partial<ContainerConfig> = { name: "shared", pidNamespace: "Pod" };
    const id = await bench.shell(`${namespace}; sleep 1063`, shared, sandbox);
    await bench.written(id, "pid:");
    const own = await bench.text(id);
    // Complaints of what has just ended come by another way, and may come first.
    const script = `${namespace}; cat /proc/[0-9]*/cmdline 2>/dev/null`;
    const output = await bench.output(script, { name: "other", pidNamespace: "Pod" }, sandbox);
    const seen = output.replaceAll("\0", " ");
    assert.ok(seen.startsWith(own) && seen.includes("sleep 1063"), seen);
    await bench.runtime.stopContainer(id, 0);
    assert.equal(await bench.output(namespace, { ...shared, attempt: 1 }, sandbox), own);
  },

  "what a container mounts in a mount that is shared reaches the machine, and nothing else does": async (bench) => {
    const directory = await mkdtemp(join(tmpdir(), "conformance-shared-"));
    await runCommand(["mount", "-t", "tmpfs", "tmpfs", directory]);
    await runCommand(["mount", "--make-private", directory]);
    try {
      const security = { ...plain, privileged: true };
      const mounts = (propagation: Mount["propagation"]) => [
        { hostPath: directory, containerPath: "/shared", readOnly: false, propagation },
      ];
      const refused = async () => bench.shell("true", { security, mounts: mounts("Bidirectional") });
      await assert.rejects(refused, /is mounted on .* but it is not a shared mount/);
      await runCommand(["mount", "--make-shared", directory]);
      const script = (name: string) => `mkdir /shared/${name}; mount -t tmpfs none /shared/${name}; echo $?`;
      assert.equal(await bench.output(script("kept"), { security, mounts: mounts("None") }), "0\n");
      assert.deepEqual(mountedPaths(directory), []);
      assert.equal(await bench.output(script("seen"), { security, mounts: mounts("Bidirectional") }), "0\n");
      assert.deepEqual(mountedPaths(directory), [join(directory, "seen")]);
    } finally {
      await runCommand(["umount", "--recursive", "--lazy", directory]);
      await rm(directory, { recursive: true });
    }
  },

  "a container that shares processes ends with all that it has started, and with its exit code": async (bench) => {
    const script = "sleep 1061 & trap 'exit 7' TERM; echo up; while :; do sleep 0.1; done";
    const sandbox = await bench.sandbox({ hostPID: true });
    const id = await bench.shell(script, { pidNamespace: "Node" }, sandbox);
    await bench.written(id, "up");
    await bench.runtime.stopContainer(id, 60);
    assert.equal((await bench.exited(id)).exitCode, 7);
    const changes: Partial<ContainerConfig> = { pidNamespace: "Node", attempt: 1 };
    const killed = await bench.shell("echo up; sleep 1062; echo no", changes, sandbox);
    await bench.written(killed, "up");
    await bench.runtime.stopContainer(killed, 0);
    assert.ok([137, 143].includes((await bench.exited(killed)).exitCode ?? 0));
  },

  "a sandbox may use the machine's IPC, and settings of its own for the kernel": async (bench) => {
    const ipc = await bench.sandbox({ hostIPC: true });
    assert.equal(await bench.output("readlink /proc/self/ns/ipc", {}, ipc), `${readlinkSync("/proc/self/ns/ipc")}\n`);
    const set = await bench.sandbox({ sysctls: { "kernel.shm_rmid_forced": "1", "net.ipv4.tcp_fin_timeout": "31" } });
    const files = "/proc/sys/kernel/shm_rmid_forced /proc/sys/net/ipv4/tcp_fin_timeout";
    assert.equal(await bench.output(`cat ${files}`, {}, set), "1\n31\n");
  },

  "a container sees its own processes only, with its command as the first": async (bench) => {
    const text = await bench.output("echo $$; ls -d /proc/[0-9]* | wc -l");
    const [pid, count] = text.trim().split("\n").map(Number);
    assert.equal(pid, 1);
    assert.ok(count !== undefined && count <= 4, text);
  },
};
