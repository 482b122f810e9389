import assert from "node:assert/strict";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import type { Behaviours } from "../support/behaviours.ts";
import { inDefault, type PodCluster, stateOf } from "../support/pod-cluster.ts";
import { waitFor } from "../support/wait.ts";

const MiB = 1024 * 1024;
const waiting = "while :; do sleep 0.1; done";

/** What the kernel holds a control group of a process to. */
function limitOf(pid: number, controller: string, file: string): number {
  const groups = readFileSync(`/proc/${pid}/cgroup`, "utf8")
    .split("\n")
    .map((line) => line.split(":"));
  const path = groups.find(([, controllers]) => controllers?.split(",").includes(controller))?.[2];
  return Number(readFileSync(`/sys/fs/cgroup/${controller}${path}/${file}`, "utf8"));
}

/** The machine's number of a container's first process, which has `mark` in its command. */
async function processOf(cluster: PodCluster, pod: string, mark: string): Promise<number> {
  const own = await cluster.exec(pod, "readlink", "/proc/1/ns/pid");
  const pid = readdirSync("/proc").find((name) => {
    try {
      const command = readFileSync(`/proc/${name}/cmdline`, "utf8");
      if (!/^\d+$/.test(name) || !command.includes(mark)) return false;
      // What it has just started has its words for a moment, and maybe a lower number, but not the first of its namespace.
      const isFirst = /^NSpid:.*\t1$/m.test(readFileSync(`/proc/${name}/status`, "utf8"));
      return isFirst && `${readlinkSync(`/proc/${name}/ns/pid`)}\n` === own;
    } catch {
      return false; // it has ended
    }
  });
  return Number(pid);
}

export const resourceBehaviours: Behaviours = {
  "a container that takes more memory than it may is killed, and told so": async (cluster) => {
    // The kernel's word for it is lost when it comes before the runtime listens, or when the container has gone by then.
    const script = [
      "until [ -e /tmp/go ]; do sleep 0.1; done",
      "dd if=/dev/zero of=/dev/null bs=256M count=1",
      "code=$?",
      "echo ended",
      "until [ -e /tmp/end ]; do sleep 0.1; done",
      "exit $code",
    ].join("; ");
    // There is room for what a runtime needs to run a command in it.
    await cluster.create("large", cluster.shell(script, { resources: { limits: { memory: "64Mi" } } }));
    await cluster.ready("large");
    await cluster.exec("large", "touch", "/tmp/go");
    await cluster.lines("large", 1);
    await cluster.exec("large", "touch", "/tmp/end");
    const { terminated } = stateOf(await cluster.ended("large"));
    assert.deepEqual([terminated?.reason, terminated?.exitCode], ["OOMKilled", 137]);
    await cluster.delete("large");
  },

  "limits are the kernel's, and change in place": async (cluster) => {
    const resources = (cpu: string, memory: string) => ({
      limits: { cpu, memory },
      requests: { cpu: "20m", memory: "16Mi" },
    });
    await cluster.create("limited", cluster.shell(`${waiting} # limited`, { resources: resources("50m", "64Mi") }));
    await cluster.ready("limited");
    const pid = await processOf(cluster, "limited", "# limited");
    const held = () => [
      limitOf(pid, "memory", "memory.limit_in_bytes"),
      limitOf(pid, "cpu", "cpu.cfs_quota_us") / limitOf(pid, "cpu", "cpu.cfs_period_us"),
      limitOf(pid, "cpu", "cpu.shares"),
    ];
    assert.deepEqual(held(), [64 * MiB, 0.05, 20]);
    const change = { spec: { containers: [{ name: "main", resources: resources("80m", "96Mi") }] } };
    await cluster.client.core.v1.pods.patch("limited", change, { ...inDefault, subresource: "resize" });
    await waitFor("the kernel knows", async () => held().join() === [96 * MiB, 0.08, 20].join());
    const pod = await cluster.until("limited", ({ status }) => {
      return status?.containerStatuses?.[0]?.resources?.limits?.["memory"] === "96Mi";
    });
    assert.equal(pod.status?.containerStatuses?.[0]?.restartCount, 0);
    await cluster.delete("limited");
  },
};
