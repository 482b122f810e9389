import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  copyFileSync,
  createReadStream,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { gzipSync } from "node:zlib";
import { TestBench } from "../conformance/test-bench.ts";
import type { ProcessRuntime } from "./process-runtime.ts";
import { makeTestNode } from "./test-node.ts";

let dir: string;
let runtime: ProcessRuntime;
const bench = new TestBench();

before(async () => {
  const node = await makeTestNode("process-images");
  dir = node.dir;
  runtime = await node.open();
  await bench.open({ ...node, open: async () => runtime, image: "example/app:1", serve: () => [], marks: [] });
});

after(() => bench.close());

test("an image of docker save runs with its own command, environment, user, directory and files", async () => {
  const archive = dockerArchive("example/app:1");
  const [image] = await runtime.loadImage(archive);
  assert.match(image?.id ?? "", /^sha256:[0-9a-f]{64}$/);
  assert.deepEqual(image?.tags, ["example/app:1"]);
  assert.deepEqual(await runtime.imageStatus("docker.io/example/app:1"), image);
  assert.equal((await runtime.pullImage("example/app:1")).id, image?.id);

  const sandbox = await bench.sandbox();
  const id = await bench.start([], {}, sandbox);
  await bench.exited(id);
  const text = await bench.text(id);
  const [who, variables, where, listing, hidden] = text.split("\n");
  assert.equal(who, "1000 1000 50");
  assert.equal(variables, "from image /home/app");
  assert.equal(where, "/srv/app");
  assert.equal(listing, "/data/dir/new /data/kept", "opaque directories hide what is below");
  assert.equal(hidden, "gone", "whiteouts hide files");

  const other = await bench.start([], { args: ["echo only arguments replaced"], attempt: 1 }, sandbox);
  await bench.exited(other);
  assert.equal(await bench.text(other), "only arguments replaced\n");
});

test("exec and terminals work in an image that has nothing but busybox; its stop signal is used", async () => {
  const id = await bench.shell("trap 'echo usr1; exit 0' USR1; echo up; while :; do sleep 0.05; done");
  await bench.written(id, "up");
  assert.equal((await bench.exec(id, ["id", "-u"])).stdout, "1000\n");
  const session = await bench.runtime.exec(id, {
    command: ["sh", "-c", "test -t 0 && exit 3"],
    stdin: true,
    tty: true,
  });
  session.stdout.on("data", () => {});
  assert.equal(await session.exitCode, 3);
  await bench.runtime.stopContainer(id, 60);
  assert.equal((await bench.runtime.containerStatus(id)).exitCode, 0);
  assert.equal(await bench.text(id), "up\nusr1\n");
  await bench.removeSandboxes();
});

test("an OCI layout is loaded from a compressed stream, with its digest; a tag moves to what was loaded last", async () => {
  const archive = ociArchive("example/app:1");
  writeFileSync(`${archive}.gz`, gzipSync(readFileSync(archive)));
  const before = await runtime.imageStatus("example/app:1");
  const [image] = await runtime.loadImage(createReadStream(`${archive}.gz`));
  assert.match(image?.digests[0] ?? "", /^example\/app@sha256:[0-9a-f]{64}$/);
  assert.notEqual(image?.id, before?.id);
  assert.equal((await runtime.imageStatus("example/app:1"))?.id, image?.id);
  assert.equal((await runtime.imageStatus(image?.digests[0] ?? ""))?.id, image?.id);
  assert.deepEqual((await runtime.imageStatus(before?.id ?? ""))?.tags, []);

  const id = await bench.start(["true"]);
  await assert.rejects(runtime.removeImage(image?.id ?? ""), { code: "InvalidConfig" });
  await bench.runtime.removeContainer(id);
  await bench.removeSandboxes();
  for (const { id } of await runtime.listImages()) await runtime.removeImage(id);
  assert.deepEqual(
    (await runtime.listImages()).map(({ tags }) => tags),
    [["host"]],
  );
});

test("images that share layers may be loaded at the same time", async () => {
  const tags = ["example/one:1", "example/two:1", "example/three:1"];
  const archives = tags.map((tag) => dockerArchive(tag));
  await Promise.all(archives.map((archive) => runtime.loadImage(archive)));
  const [id] = new Set(await Promise.all(tags.map(async (tag) => (await runtime.imageStatus(tag))?.id)));
  assert.deepEqual((await runtime.imageStatus(id ?? ""))?.tags.sort(), tags.toSorted());
  await runtime.removeImage(id ?? "");
});

test("a broken archive changes nothing and says why", async () => {
  const path = join(dir, "broken.tar");
  writeFileSync(path, "this is no archive");
  await assert.rejects(runtime.loadImage(path), { code: "PullFailed" });
  await assert.rejects(runtime.loadImage(join(dir, "missing.tar")), { code: "PullFailed" });
  const damaged = dockerArchive("example/damaged:1", { diffId: `sha256:${"0".repeat(64)}` });
  await assert.rejects(runtime.loadImage(damaged), { code: "PullFailed", message: /damaged/ });
  const escaping = dockerArchive("example/escaping:1", { layerName: "../../../../etc/passwd" });
  await assert.rejects(runtime.loadImage(escaping), { code: "PullFailed", message: /not in it/ });
  assert.equal((await runtime.listImages()).length, 1);
});

test("an image that is nowhere is refused with the next step", async () => {
  await assert.rejects(runtime.pullImage("nowhere/image:1"), {
    code: "ImageNotFound",
    message: /typernetes load-image/,
  });
});

function layers(): string[] {
  const base = join(dir, "base");
  if (!runOnce(base)) return [join(dir, "base.tar"), join(dir, "top.tar")];
  mkdirSync(join(base, "bin"), { recursive: true });
  copyFileSync("/usr/bin/busybox", join(base, "bin/busybox"));
  const libraries = spawnSync("ldd", ["/usr/bin/busybox"])
    .stdout.toString()
    .matchAll(/(\/\S+) \(0x/g);
  for (const [, path = ""] of libraries) {
    mkdirSync(join(base, dirname(path)), { recursive: true });
    copyFileSync(path, join(base, path));
  }
  for (const name of ["sh", "sleep", "id", "true", "ls", "test", "cat"])
    symlinkSync("busybox", join(base, "bin", name));
  const files = {
    "etc/passwd": "root:x:0:0::/root:/bin/sh\napp:x:1000:1000::/home/app:/bin/sh\n",
    "etc/group": "root:x:0:\napp:x:1000:\nextra:x:50:app\n",
    "data/kept": "",
    "data/hidden": "",
    "data/dir/old": "",
  };
  write(base, files);
  const top = join(dir, "top");
  write(top, { "data/.wh.hidden": "", "data/dir/.wh..wh..opq": "", "data/dir/new": "" });
  chmodSync(base, 0o755);
  return [tar(base, "base.tar"), tar(top, "top.tar")];
}

const imageConfig = {
  User: "app",
  Env: ["A=from image"],
  WorkingDir: "/srv/app",
  Entrypoint: ["sh", "-c"],
  Cmd: [
    "set -- $(id -G); echo $(id -u) $(id -g) $2; echo $A $HOME; echo $PWD; echo $(ls -d /data/kept /data/dir/*); test -e /data/hidden || echo gone",
  ],
  StopSignal: "SIGUSR1",
};

function dockerArchive(tag: string, changes: { diffId?: string; layerName?: string } = {}): string {
  const root = mkdtempSync(join(dir, "docker-"));
  const [base = "", top = ""] = layers();
  copyFileSync(base, join(root, "base.tar"));
  copyFileSync(top, join(root, "top.tar"));
  const config = { rootfs: { diff_ids: [sha256(base), changes.diffId ?? sha256(top)] }, config: imageConfig };
  const manifest = [{ Config: "config.json", RepoTags: [tag], Layers: ["base.tar", changes.layerName ?? "top.tar"] }];
  write(root, { "config.json": JSON.stringify(config), "manifest.json": JSON.stringify(manifest) });
  return tar(root, `${tag.replace(/\W/g, "-")}.tar`);
}

function ociArchive(name: string): string {
  const root = mkdtempSync(join(dir, "oci-"));
  mkdirSync(join(root, "blobs/sha256"), { recursive: true });
  const blob = (content: Buffer) => {
    const digest = createHash("sha256").update(content).digest("hex");
    writeFileSync(join(root, "blobs/sha256", digest), content);
    return { digest: `sha256:${digest}`, size: content.length };
  };
  const json = (value: object) => blob(Buffer.from(JSON.stringify(value)));
  const paths = layers();
  const config = json({ rootfs: { diff_ids: paths.map(sha256) }, config: { ...imageConfig, Env: ["A=oci"] } });
  const manifest = json({ schemaVersion: 2, config, layers: paths.map((path) => blob(gzipSync(readFileSync(path)))) });
  const platform = { os: "linux", architecture: process.arch === "x64" ? "amd64" : process.arch };
  const nested = json({
    manifests: [
      { ...manifest, platform: { os: "plan9", architecture: "mips" } },
      { ...manifest, platform },
    ],
  });
  const annotations = { "io.containerd.image.name": name };
  write(root, { "index.json": JSON.stringify({ schemaVersion: 2, manifests: [{ ...nested, annotations }] }) });
  return tar(root, "oci.tar");
}

function runOnce(path: string): boolean {
  return mkdirSync(path, { recursive: true }) !== undefined;
}

function write(root: string, files: Record<string, string>): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), content);
  }
}

function tar(root: string, name: string): string {
  const path = join(dir, name);
  execFileSync("tar", ["-cf", path, "-C", root, "."]);
  return path;
}

function sha256(path: string): string {
  return `sha256:${createHash("sha256").update(readFileSync(path)).digest("hex")}`;
}
