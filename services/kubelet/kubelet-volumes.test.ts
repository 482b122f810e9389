import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Container, Pod, PodSpec } from "../../gen/typernetes/core/v1/pod.ts";
import { eventually } from "../../lib/base/eventually.ts";
import { isReady, shell, TestKubelet } from "./test-kubelet.ts";
import { processMachine } from "./test-process-machine.ts";

let node: TestKubelet;
const shared = mkdtempSync(join(tmpdir(), "kubelet-volumes-"));
before(async () => {
  node = await TestKubelet.start({ machine: await processMachine() });
});
after(async () => {
  await node.close();
  rmSync(shared, { recursive: true });
});

/** What a script prints in a pod with these volumes, each mounted under its name. */
async function output(
  name: string,
  script: string,
  spec: Partial<PodSpec>,
  more: Partial<Container> = {},
  labels = {},
) {
  const volumeMounts = (spec.volumes ?? []).map((volume) => ({ name: volume.name, mountPath: `/v/${volume.name}` }));
  const container = shell(script, { volumeMounts, ...more });
  await node.create(name, container, { restartPolicy: "Never", ...spec }, labels);
  await node.until(name, ({ status }) => status?.phase === "Succeeded" || status?.phase === "Failed");
  return node.logs(name);
}

test("a projected volume joins config maps, secrets and the pod's own fields, read-only", async () => {
  const metadata = { namespace: "default", name: "joined" };
  await node.client.core.v1.configmaps.create({ metadata, data: { plain: "text" } });
  await node.client.core.v1.secrets.create({ metadata, data: { word: Buffer.from("hush").toString("base64") } });
  const sources = [
    { configMap: { name: "joined", items: [{ key: "plain", path: "deep/config", mode: 0o400 }] } },
    { secret: { name: "joined" } },
    { configMap: { name: "nobody", optional: true } },
    { downwardAPI: { items: [{ path: "labels", fieldRef: { fieldPath: "metadata.labels" } }] } },
  ];
  const volumes = [{ name: "all", projected: { defaultMode: 0o440, sources } }];
  const script =
    "cd /v/all; cat deep/config word labels; stat -Lc %a deep/config word; touch x 2>/dev/null || echo denied";
  const text = await output("joined", script, { volumes }, {}, { app: "web" });
  assert.equal(text, 'texthushapp="web"400\n440\ndenied\n');
});

test("labels and annotations of a running pod reach its files", async () => {
  const items = [
    { path: "labels", fieldRef: { fieldPath: "metadata.labels" } },
    { path: "notes", fieldRef: { fieldPath: "metadata.annotations" } },
  ];
  const pod = await node.create("relabelled", shell("sleep 1000"), {
    volumes: [{ name: "d", downwardAPI: { items } }],
  });
  await node.until("relabelled", isReady);
  const metadata = { labels: { app: "new" }, annotations: { note: "n" } };
  await node.client.core.v1.pods.patch("relabelled", { metadata }, { namespace: "default" });
  const root = join(node.stateDir, "pods", pod.metadata?.uid ?? "", "volumes/downward-api/d");
  await eventually(() => readFileSync(join(root, "labels"), "utf8") === 'app="new"');
  assert.equal(readFileSync(join(root, "notes"), "utf8"), 'note="n"');
  await node.delete("relabelled", 0);
});

test("an empty directory in memory is a tmpfs of its size, and goes with its pod", async () => {
  const volumes = [{ name: "m", emptyDir: { medium: "Memory", sizeLimit: "1Mi" } }];
  const script = "stat -fc %T /v/m; stat -c %a /v/m; head -c 2000000 /dev/zero > /v/m/big 2>/dev/null || echo full";
  assert.equal(await output("memory", script, { volumes }), "tmpfs\n777\nfull\n");
  await node.delete("memory", 0);
  await eventually(() => !readFileSync("/proc/self/mountinfo", "utf8").includes(node.stateDir));
});

test("a host path is the node's own", async () => {
  writeFileSync(join(shared, "in"), "from the node\n");
  const volumes = [{ name: "h", hostPath: { path: shared, type: "Directory" } }];
  assert.equal(await output("host", "cat /v/h/in; echo back > /v/h/out", { volumes }), "from the node\n");
  assert.equal(readFileSync(join(shared, "out"), "utf8"), "back\n");
});

test("a host path of another type holds the pod back, with an event", async () => {
  const volumes = [{ name: "h", hostPath: { path: shared, type: "File" } }];
  await node.create("mistyped", {}, { volumes });
  const message = `hostPath type check failed: ${shared} is not a file`;
  await node.told("mistyped", `FailedMount: MountVolume.SetUp failed for volume "h" : ${message}`);
  await node.delete("mistyped", 0);
});

test("sub paths are folders and files of a volume; an expression uses the container's variables", async () => {
  const metadata = { namespace: "default", name: "keys" };
  await node.client.core.v1.configmaps.create({ metadata, data: { key: "value" } });
  const volumes = [
    { name: "data", emptyDir: {} },
    { name: "keys", configMap: { name: "keys" } },
  ];
  const volumeMounts = [
    { name: "data", mountPath: "/all" },
    { name: "data", mountPath: "/part", subPathExpr: "$(NAME)/$(WORD)" },
    { name: "keys", mountPath: "/etc/hostname", subPath: "key" },
  ];
  const env = [
    { name: "NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
    { name: "WORD", value: "deep" },
  ];
  const script = "echo hello > /part/file; cat /all/parts/deep/file /etc/hostname";
  assert.equal(await output("parts", script, { volumes }, { volumeMounts, env }), "hello\nvalue");
});

test("a sub path that cannot be is a mistake of the container's, until its pod is put right", async () => {
  const env = [{ name: "PART", valueFrom: { fieldRef: { fieldPath: "metadata.annotations['part']" } } }];
  const volumeMounts = [{ name: "data", mountPath: "/data", subPathExpr: "$(PART)/x" }];
  await node.create("fixed", shell("sleep 1000", { env, volumeMounts }), { volumes: [{ name: "data", emptyDir: {} }] });
  const waiting = (pod: Pod) => pod.status?.containerStatuses?.[0]?.state?.waiting;
  const pod = await node.until("fixed", (it) => waiting(it)?.reason === "CreateContainerConfigError");
  assert.equal(waiting(pod)?.message, "subPath must not be an absolute path");
  const metadata = { annotations: { part: "here" } };
  await node.client.core.v1.pods.patch("fixed", { metadata }, { namespace: "default" });
  await node.until("fixed", isReady);
  await node.delete("fixed", 0);
});

test("a claim is mounted where its volume is; a pod waits for it to be bound", async () => {
  const { persistentvolumes, persistentvolumeclaims } = node.client.core.v1;
  const size = { storage: "1Mi" };
  const claim = await persistentvolumeclaims.create({
    metadata: { namespace: "default", name: "disk" },
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: size }, volumeName: "disk-1", storageClassName: "" },
  });
  const claimRef = { namespace: "default", name: "disk", uid: claim.metadata?.uid };
  const spec = { accessModes: ["ReadWriteOnce"], capacity: size, claimRef, hostPath: { path: join(shared, "disk") } };
  await persistentvolumes.create({ metadata: { name: "disk-1" }, spec });
  const volumes = [{ name: "d", persistentVolumeClaim: { claimName: "disk" } }];
  const volumeMounts = [{ name: "d", mountPath: "/d" }];
  await node.create("claiming", shell("echo kept > /d/file", { volumeMounts }), { restartPolicy: "Never", volumes });
  await node.told("claiming", 'FailedMount: MountVolume.SetUp failed for volume "d" : PVC default/disk is not bound');
  assert.ok(!existsSync(join(shared, "disk")));
  await persistentvolumeclaims.updateStatus({ ...claim, status: { phase: "Bound" } });
  await node.until("claiming", ({ status }) => status?.phase === "Succeeded");
  assert.equal(readFileSync(join(shared, "disk/file"), "utf8"), "kept\n");
});

test("a token says whose it is, for whom, and until when; only its user reads it", async () => {
  const metadata = { namespace: "default", name: "robot" };
  await node.client.core.v1.serviceaccounts.create({ metadata });
  const serviceAccountToken = { audience: "vault", expirationSeconds: 3600, path: "token" };
  const volumes = [{ name: "t", projected: { sources: [{ serviceAccountToken }] } }];
  const spec = { volumes, serviceAccountName: "robot", securityContext: { runAsUser: 1234 } };
  const text = await output("robotic", "stat -Lc '%a %u' /v/t/token; cat /v/t/token", spec);
  const [access, token = ""] = text.split("\n");
  assert.equal(access, "600 1234");
  const claims = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());
  const { sub, aud, "kubernetes.io": bound, exp, iat } = claims;
  assert.deepEqual([sub, aud, bound.pod.name], ["system:serviceaccount:default:robot", ["vault"], "robotic"]);
  assert.ok(Math.abs(exp - iat - 3600) < 10);
});

test("a pod that has ended gives its volumes back, and what it only showed of the node stays", async () => {
  const kept = join(shared, "kept");
  writeFileSync(kept, "text");
  const volumes = [
    { name: "disk", emptyDir: {} },
    { name: "memory", emptyDir: { medium: "Memory" } },
    { name: "host", hostPath: { path: shared } },
  ];
  assert.equal(
    await output("ending", "echo x > /v/disk/x; echo y > /v/memory/y; cat /v/host/kept", { volumes }),
    "text",
  );
  const { metadata } = await node.get("ending");
  const directory = join(node.stateDir, "pods", metadata?.uid ?? "");
  await eventually(async () => existsSync(directory) && !existsSync(join(directory, "volumes")));
  assert.equal(readFileSync(kept, "utf8"), "text");
});
