import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Behaviours } from "../support/behaviours.ts";
import { type PodCluster, stateOf } from "../support/pod-cluster.ts";

/** The image's user is in one group more, which the image alone tells. */
const accounts = {
  "/etc/passwd": "root:x:0:0:root:/:/bin/sh\nrunner:x:1000:1000::/:/bin/sh\n",
  "/etc/group": "root:x:0:\nrunner:x:1000:\nimage:x:50000:runner\n",
};
const imageOfRunner = (cluster: PodCluster) => `${cluster.image}-runner`;

export async function prepareRunner(cluster: PodCluster): Promise<void> {
  await cluster.addImage(imageOfRunner(cluster), { files: accounts, config: { User: "runner" } });
}

const statusField = (field: string) => `awk '/^${field}:/ {print $2}' /proc/self/status`;

export const securityBehaviours: Behaviours = {
  "user, groups and volumes are those of the pod; its status says so": async (cluster) => {
    const securityContext = { runAsUser: 1000, runAsGroup: 3000, supplementalGroups: [4000], fsGroup: 2000 };
    const volumes = [{ name: "own", emptyDir: {} }];
    const volumeMounts = [{ name: "own", mountPath: "/own" }];
    const script = "id -u; id -g; id -G; touch /own/x; stat -c '%u %g' /own/x; while :; do sleep 0.1; done";
    await cluster.create("user", cluster.shell(script, { volumeMounts }), { securityContext, volumes });
    const pod = await cluster.until("user", ({ status }) => status?.containerStatuses?.[0]?.user !== undefined);
    const user = pod.status?.containerStatuses?.[0]?.user?.linux;
    assert.deepEqual([user?.uid, user?.gid, user?.supplementalGroups?.toSorted()], [1000, 3000, [2000, 3000, 4000]]);
    const lines = await cluster.lines("user", 4);
    assert.deepEqual(lines.slice(0, 2), ["1000", "3000"]);
    assert.deepEqual(lines[2]?.split(" ").sort(), ["2000", "3000", "4000"]);
    assert.equal(lines[3], "1000 2000");
    await cluster.delete("user");
  },

  "groups of the image are added, unless the pod's policy is strict": async (cluster) => {
    const image = { image: imageOfRunner(cluster) };
    const groups = (name: string, supplementalGroupsPolicy: string, more = {}) =>
      cluster.output(
        name,
        "id -G",
        { securityContext: { supplementalGroupsPolicy, supplementalGroups: [4000], ...more } },
        image,
      );
    const sorted = (text: string) => text.trim().split(" ").sort().join(" ");
    const texts = await Promise.all([
      groups("merged", "Merge"),
      groups("merged-besides", "Merge", { runAsUser: 1000, runAsGroup: 3000 }),
    ]);
    assert.deepEqual(texts.map(sorted), ["1000 4000 50000", "3000 4000 50000"]);
    const { items } = await cluster.client.core.v1.nodes.list();
    if (items[0]?.status?.features?.supplementalGroupsPolicy) {
      assert.equal(sorted(await groups("strict", "Strict")), "1000 4000");
    } else {
      await cluster.create("strict", {}, { securityContext: { supplementalGroupsPolicy: "Strict" } });
      const pod = await cluster.ended("strict");
      assert.equal(pod.status?.reason, "SupplementalGroupsPolicyNotSupported");
      await cluster.delete("strict");
    }
  },

  "who must not be root is not run as root, nor as somebody of whom that cannot be told": async (cluster) => {
    const runAsNonRoot = { securityContext: { runAsNonRoot: true } };
    await cluster.create("rooted", cluster.shell("true", runAsNonRoot));
    await cluster.create(
      "rooted-by-pod",
      cluster.shell("true", { securityContext: { runAsNonRoot: true, runAsUser: 0 } }),
    );
    await cluster.create("named", cluster.shell("true", { ...runAsNonRoot, image: imageOfRunner(cluster) }));
    const messageOf = async (name: string) => {
      const pod = await cluster.until(name, (it) => stateOf(it).waiting?.reason === "CreateContainerConfigError");
      await cluster.delete(name);
      const place = `(pod: "${name}_default(${pod.metadata?.uid})", container: main)`;
      return stateOf(pod).waiting?.message?.replace(place, "…");
    };
    assert.equal(await messageOf("rooted"), "container has runAsNonRoot and image will run as root …");
    assert.equal(await messageOf("rooted-by-pod"), "container's runAsUser breaks non-root policy …");
    const cannot = "cannot verify user is non-root …";
    assert.equal(
      await messageOf("named"),
      `container has runAsNonRoot and image has non-numeric user (runner), ${cannot}`,
    );
  },

  "capabilities, privileges and the root file system are as asked": async (cluster) => {
    const effective = (name: string, securityContext: object, script = statusField("CapEff")) =>
      cluster.output(name, script, {}, { securityContext });
    const drop = { capabilities: { drop: ["ALL"], add: ["NET_ADMIN"] } };
    const [few, none, all, readOnly] = await Promise.all([
      effective("few", drop),
      effective("none", { allowPrivilegeEscalation: false }, statusField("NoNewPrivs")),
      effective("all", { privileged: true }),
      effective("read-only", { readOnlyRootFilesystem: true }, "touch /x 2>/dev/null || echo read-only"),
    ]);
    assert.equal(BigInt(`0x${few.trim()}`), 1n << 12n);
    assert.equal(none, "1\n");
    assert.notEqual(BigInt(`0x${all.trim()}`) & (1n << 21n), 0n, "CAP_SYS_ADMIN");
    assert.equal(readOnly, "read-only\n");
  },

  "settings of the kernel are the pod's own; those that reach further are refused": async (cluster) => {
    const sysctls = (name: string, value: string) => ({ securityContext: { sysctls: [{ name, value }] } });
    const safe = sysctls("net.ipv4.tcp_fin_timeout", "31");
    assert.equal(await cluster.output("tuned", "cat /proc/sys/net/ipv4/tcp_fin_timeout", safe), "31\n");
    await cluster.create("untuned", cluster.shell("true"), sysctls("kernel.msgmax", "65536"));
    const pod = await cluster.ended("untuned");
    assert.equal(pod.status?.reason, "SysctlForbidden");
    await cluster.delete("untuned");
  },

  "containers of a pod share their processes when it says so": async (cluster) => {
    const namespace = "readlink /proc/self/ns/pid";
    const waiting = "while :; do sleep 0.1; done";
    const containers = ["one", "two"].map((name) => ({ ...cluster.shell(`${namespace}; ${waiting}`), name }));
    await cluster.create("together", {}, { containers, shareProcessNamespace: true });
    await cluster.create("apart", {}, { containers });
    const namespaces = async (pod: string) => {
      const lines = await Promise.all(["one", "two"].map((container) => cluster.lines(pod, 1, container)));
      await cluster.delete(pod);
      return new Set(lines.flat()).size;
    };
    assert.equal(await namespaces("together"), 1);
    assert.equal(await namespaces("apart"), 2);
  },

  "root of a pod with users of its own is somebody else on the machine, and owns its volumes": async (cluster) => {
    const volumes = [{ name: "own", emptyDir: {} }];
    const volumeMounts = [{ name: "own", mountPath: "/own" }];
    const spec = { hostUsers: false, volumes, securityContext: { fsGroup: 2000 } };
    const script = "id -u; touch /own/x /x && stat -c '%u %g' /own/x /x; awk '{print $2}' /proc/self/uid_map";
    await cluster.create("mapped", cluster.shell(script, { volumeMounts }), spec);
    if (cluster.runtime === "process") {
      await cluster.ended("mapped");
      const [user, inVolume, inRoot, first] = (await cluster.logs("mapped")).split("\n");
      assert.deepEqual([user, inVolume, inRoot], ["0", "0 2000", "0 0"]);
      assert.ok(Number(first) >= 65_536, first);
    } else {
      const why = 'RuntimeClass handler "" does not support user namespaces';
      await cluster.told("mapped", `FailedCreatePodSandBox: Failed to create pod sandbox: ${why}`);
    }
    await cluster.delete("mapped");
  },

  "a filter of system calls from the node's own files holds, where the runtime has filters": async (cluster) => {
    const profile = join(cluster.dataDir, "nodes", await cluster.nodeName(), "seccomp/no-mkdir.json");
    mkdirSync(dirname(profile), { recursive: true });
    const names = ["mkdir", "mkdirat"];
    const text = { defaultAction: "SCMP_ACT_ALLOW", syscalls: [{ names, action: "SCMP_ACT_ERRNO", args: [] }] };
    writeFileSync(profile, JSON.stringify(text));
    const filtered = (localhostProfile: string) => ({
      securityContext: { seccompProfile: { type: "Localhost", localhostProfile } },
    });
    const script = cluster.shell("mkdir /tmp/x 2>/dev/null && echo made || echo refused");
    await cluster.create("filtered", script, filtered("no-mkdir.json"));
    await cluster.create("unfiltered", script, filtered("nobody.json"));
    const refused = await cluster.until("unfiltered", (it) => stateOf(it).waiting?.reason === "CreateContainerError");
    assert.match(stateOf(refused).waiting?.message ?? "", /seccomp profile/);
    if (cluster.runtime !== "process") {
      await cluster.ended("filtered");
      assert.equal(await cluster.logs("filtered"), "refused\n");
    } else {
      const pod = await cluster.until("filtered", (it) => stateOf(it).waiting?.reason === "CreateContainerError");
      assert.match(stateOf(pod).waiting?.message ?? "", /needs another runtime than process/);
    }
    for (const name of ["filtered", "unfiltered"]) await cluster.delete(name);
  },
};
