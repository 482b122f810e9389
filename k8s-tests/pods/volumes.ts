import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Behaviours } from "../support/behaviours.ts";
import { inDefault, type PodCluster } from "../support/pod-cluster.ts";
import { mustRun } from "../support/program.ts";
import { waitFor } from "../support/wait.ts";

const at = (name: string, mountPath = `/${name}`, more: object = {}) => ({ name, mountPath, ...more });

/** A folder of the node. */
function folder(cluster: PodCluster, name: string): string {
  const path = join(cluster.home, name);
  mkdirSync(path);
  return path;
}

export const volumeBehaviours: Behaviours = {
  "config maps, secrets and the pod's own fields are files; a change reaches them": async (cluster) => {
    const { configmaps, secrets, pods } = cluster.client.core.v1;
    await configmaps.create({ metadata: { ...inDefault, name: "files" }, data: { plain: "text\n" } });
    await secrets.create({ metadata: { ...inDefault, name: "files" }, stringData: { word: "hush\n" } });
    const labels = { path: "labels", fieldRef: { fieldPath: "metadata.labels" } };
    const limit = {
      path: "limit",
      resourceFieldRef: { containerName: "main", resource: "limits.memory", divisor: "1Mi" },
    };
    const sources = [{ secret: { name: "files" } }, { downwardAPI: { items: [labels, limit] } }];
    const volumes = [
      { name: "map", configMap: { name: "files", items: [{ key: "plain", path: "deep/plain", mode: 0o400 }] } },
      { name: "all", projected: { sources } },
    ];
    const script = [
      "cat /map/deep/plain /all/word /all/labels; echo; cat /all/limit; echo; stat -Lc %a /map/deep/plain",
      "until grep -q new /all/labels; do sleep 0.1; done; cat /all/labels; echo",
    ].join("; ");
    const container = { volumeMounts: [at("map"), at("all")], resources: { limits: { memory: "64Mi" } } };
    await cluster.create("files", cluster.shell(script, container), { volumes }, { labels: { is: "old" } });
    assert.deepEqual(await cluster.lines("files", 5), ["text", "hush", 'is="old"', "64", "400"]);
    await pods.patch("files", { metadata: { labels: { is: "new" } } }, inDefault);
    assert.equal((await cluster.lines("files", 6))[5], 'is="new"');
    await cluster.delete("files");
  },

  "a token is for its audience, and the server knows whose it is": async (cluster) => {
    const serviceAccountToken = { audience: "vault", expirationSeconds: 3600, path: "token" };
    const volumes = [{ name: "t", projected: { sources: [{ serviceAccountToken }] } }];
    await cluster.create("tokened", cluster.shell("cat /t/token", { volumeMounts: [at("t")] }), { volumes });
    await cluster.ended("tokened");
    const token = await cluster.logs("tokened");
    const review = { spec: { token, audiences: ["vault"] } };
    const { status } = await cluster.client.authentication.v1.tokenreviews.create(review);
    assert.equal(status?.user?.username, "system:serviceaccount:default:default");
    assert.deepEqual(status?.user?.extra?.["authentication.kubernetes.io/pod-name"], ["tokened"]);
    await cluster.delete("tokened");
  },

  "sub paths are parts of a volume; an expression uses the container's variables": async (cluster) => {
    const volumes = [{ name: "data", emptyDir: {} }];
    const volumeMounts = [
      at("data", "/all"),
      at("data", "/part", { subPathExpr: "$(NAME)" }),
      at("data", "/b", { subPath: "b/c" }),
    ];
    const env = [{ name: "NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } }];
    const script = "echo one > /part/x; echo two > /b/x; cat /all/parted/x /all/b/c/x";
    assert.equal(await cluster.output("parted", script, { volumes }, { volumeMounts, env }), "one\ntwo\n");
  },

  "an empty directory in memory has its size, one of huge pages is made of them": async (cluster) => {
    const volumes = [
      { name: "memory", emptyDir: { medium: "Memory", sizeLimit: "1Mi" } },
      { name: "huge", emptyDir: { medium: "HugePages-2Mi" } },
    ];
    const script = [
      'awk \'$2 == "/memory" || $2 == "/huge" {print $3}\' /proc/mounts',
      "stat -c %a /memory /huge",
      "head -c 2000000 /dev/zero > /memory/big 2>/dev/null || echo full",
    ].join("; ");
    const container = { volumeMounts: [at("memory"), at("huge")] };
    const text = await cluster.output("in-memory", script, { volumes }, container);
    assert.deepEqual(text.split("\n").slice(0, 5).sort(), ["777", "777", "full", "hugetlbfs", "tmpfs"]);
  },

  "a path of the node is what its type says, or holds the pod back": async (cluster) => {
    const path = folder(cluster, "typed");
    writeFileSync(join(path, "file"), "here\n");
    const volumes = [
      { name: "dir", hostPath: { path, type: "Directory" } },
      { name: "file", hostPath: { path: join(path, "file"), type: "File" } },
      { name: "made", hostPath: { path: join(path, "new/dir"), type: "DirectoryOrCreate" } },
      { name: "null", hostPath: { path: "/dev/null", type: "CharDevice" } },
    ];
    const container = { volumeMounts: volumes.map(({ name }) => at(name)) };
    const script = "cat /file; touch /made/x; [ -c /null ] && echo device; cat /dir/new/dir/x";
    assert.equal(await cluster.output("typed", script, { volumes }, container), "here\ndevice\n");
    assert.deepEqual(readdirSync(join(path, "new/dir")), ["x"]);
    await cluster.create("mistyped", cluster.shell("true"), {
      volumes: [{ name: "h", hostPath: { path, type: "Socket" } }],
    });
    const message = `hostPath type check failed: ${path} is not a socket file`;
    await cluster.told("mistyped", `FailedMount: MountVolume.SetUp failed for volume "h" : ${message}`);
    await cluster.delete("mistyped");
  },

  "read-only reaches mounts below only where that is asked for; the status says so": async (cluster) => {
    const path = folder(cluster, "deep");
    const inner = folder(cluster, "deep/inner");
    await mustRun("mount", ["-t", "tmpfs", "tmpfs", inner]);
    try {
      const volumes = [{ name: "deep", hostPath: { path } }];
      const readOnly = true;
      const volumeMounts = [
        at("deep", "/plain", { readOnly }),
        at("deep", "/sealed", { readOnly, recursiveReadOnly: "Enabled" }),
      ];
      const script =
        "for f in /plain /plain/inner /sealed /sealed/inner; do touch $f/x 2>/dev/null && echo $f; done; true";
      await cluster.create("sealed", cluster.shell(script, { volumeMounts }), { volumes });
      const pod = await cluster.ended("sealed");
      assert.equal(await cluster.logs("sealed"), "/plain/inner\n");
      const mounts = pod.status?.containerStatuses?.[0]?.volumeMounts?.filter(({ name }) => name === "deep");
      assert.deepEqual(
        mounts?.map(({ recursiveReadOnly }) => recursiveReadOnly),
        ["Disabled", "Enabled"],
      );
      await cluster.deleted("sealed");
    } finally {
      await mustRun("umount", [inner]);
    }
  },

  "mounts go to and fro between node and container as far as the pod says": async (cluster) => {
    const path = folder(cluster, "shared");
    await mustRun("mount", ["-t", "tmpfs", "tmpfs", path]);
    await mustRun("mount", ["--make-shared", path]);
    try {
      const volumes = [{ name: "shared", hostPath: { path } }];
      const propagating = (mountPropagation: string) => ({
        volumeMounts: [at("shared", "/shared", { mountPropagation })],
      });
      const waiting = "until [ -e /shared/host/x ]; do sleep 0.1; done; echo seen; while :; do sleep 1; done";
      await cluster.create("receiving", cluster.shell(waiting, propagating("HostToContainer")), { volumes });
      await cluster.ready("receiving");
      mkdirSync(join(path, "host"));
      await mustRun("mount", ["-t", "tmpfs", "tmpfs", join(path, "host")]);
      writeFileSync(join(path, "host/x"), "");
      await cluster.lines("receiving", 1);
      const mounting =
        "mkdir /shared/own && mount -t tmpfs none /shared/own && echo mounted; while :; do sleep 1; done";
      const container = { ...propagating("Bidirectional"), securityContext: { privileged: true } };
      await cluster.create("giving", cluster.shell(mounting, container), { volumes });
      assert.deepEqual(await cluster.lines("giving", 1), ["mounted"]);
      const isMounted = () => readFileSync("/proc/self/mounts", "utf8").includes(` ${path}/own tmpfs`);
      await waitFor("the node sees the mount", async () => isMounted());
      for (const name of ["receiving", "giving"]) await cluster.deleted(name);
    } finally {
      await mustRun("umount", ["--recursive", "--lazy", path]);
    }
  },
};
