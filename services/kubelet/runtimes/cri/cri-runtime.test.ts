import assert from "node:assert/strict";
import { randomBytes, randomInt, randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { text as textOf } from "node:stream/consumers";
import { after, before, describe, test } from "node:test";
import { systemClock } from "../../../../lib/base/clock.ts";
import { runCommand } from "../../network/command.ts";
import { findFreeRange } from "../../network/free-range.ts";
import type { ContainerConfig, LogEntry, Runtime, SandboxConfig } from "../runtime.ts";
import { busyboxLayer } from "../test-busybox.ts";
import { removeCniNetwork } from "./cni-network.ts";
import { createCriClient, runtimeMethods } from "./cri-client.ts";
import { createCriRuntime } from "./cri-runtime.ts";
import { logFiles } from "./log-files.ts";
import { rotateLogs } from "./log-rotation.ts";
import { removeEverything } from "./remove-everything.ts";
import { startTestContainerd, type TestContainerd, testImage } from "./test-containerd.ts";
import { startTestRegistry } from "./test-registry.ts";

const skip = existsSync("/usr/bin/containerd") || process.env["CI"] ? false : "needs containerd";

const plain: ContainerConfig["security"] = {
  privileged: false,
  readOnlyRootFilesystem: false,
  supplementalGroups: [],
  addCapabilities: [],
  dropCapabilities: [],
  noNewPrivileges: false,
};

describe("on containerd", { skip, timeout: 600_000 }, () => {
  const cluster = `test-${randomBytes(4).toString("hex")}`;
  let containerd: TestContainerd;
  let stateDir = "";
  let runtime: Runtime;

  before(async () => {
    containerd = await startTestContainerd();
    stateDir = await mkdtemp(join(tmpdir(), "typernetes-cri-"));
    runtime = await open();
  });

  after(async () => {
    await runtime?.close();
    const { socketPath } = containerd;
    await removeEverything({ cluster, socketPath });
    await containerd.stop();
    await rm(stateDir, { recursive: true, force: true });
  });

  async function open(): Promise<Runtime> {
    const podCIDR = await findFreeRange(
      Array.from({ length: 8 }, (_, index) => `10.${231 + index}.${randomInt(250)}.0/24`),
    );
    const place = { internalIP: "127.0.0.1", podCIDR };
    const { socketPath } = containerd;
    return createCriRuntime({
      ...{ socketPath, nodeName: "node-1", cluster, place, clusterCIDR: podCIDR, stateDir, clock: systemClock },
    });
  }

  const sandbox = (changes: Partial<SandboxConfig> = {}) =>
    runtime.runSandbox({
      pod: { namespace: "default", name: "pod", uid: randomUUID() },
      ...{ attempt: 0, hostname: "pod", hostNetwork: false, portMappings: [], labels: {} },
      ...changes,
    });

  const create = (sandboxId: string, script: string, changes: Partial<ContainerConfig> = {}) =>
    runtime.createContainer(sandboxId, {
      ...{ name: "main", attempt: 0, image: testImage, command: ["sh", "-c", script], env: [], mounts: [] },
      ...{ stdin: false, stdinOnce: false, tty: false, resources: {}, security: plain, labels: {} },
      ...changes,
    });

  async function start(script: string, changes: Partial<ContainerConfig> = {}, sandboxId?: string): Promise<string> {
    const id = await create(sandboxId ?? (await sandbox()), script, changes);
    await runtime.startContainer(id);
    return id;
  }

  async function until<T>(what: string, ask: () => Promise<T | undefined | false>): Promise<T> {
    const deadline = systemClock.monotonic() + 60_000;
    for (;;) {
      const answer = await ask();
      if (answer !== undefined && answer !== false) return answer;
      assert.ok(systemClock.monotonic() < deadline, `waited in vain until ${what}`);
      await systemClock.sleep(20);
    }
  }

  const text = (entries: LogEntry[]) => Buffer.concat(entries.map(({ line }) => line)).toString();

  async function logs(id: string): Promise<string> {
    const entries: LogEntry[] = [];
    for await (const entry of runtime.logs(id, { follow: false })) entries.push(entry);
    return text(entries);
  }

  /** What a container wrote until its end. */
  async function output(script: string, changes: Partial<ContainerConfig> = {}, sandboxId?: string): Promise<string> {
    const id = await start(script, changes, sandboxId);
    await until("it has ended", async () => (await runtime.containerStatus(id)).state === "Exited");
    return logs(id);
  }

  test("an image is shown at a directory: to be read, not to be written or run; nothing else is left of it", async (t) => {
    const directory = await mkdtemp(join(tmpdir(), "typernetes-cri-image-"));
    t.after(() => rm(directory, { recursive: true }));
    const shown = join(directory, "shown");
    await mkdir(shown);
    const image = await runtime.imageStatus(testImage);
    await runtime.mountImage?.(image?.id ?? "", shown);
    try {
      const mounts = [{ hostPath: shown, containerPath: "/data", readOnly: false }];
      const script =
        "exec 2>/dev/null; cat /data/etc/group; touch /data/x || echo denied; /data/bin/echo run || echo not run";
      const lines = (await output(script, { mounts })).split("\n");
      assert.deepEqual(lines.slice(0, 2), ["root:x:0:", "nobody:x:65534:"]);
      assert.ok(lines.includes("denied") && lines.includes("not run"), lines.join("\n"));
      const ctr = ["ctr", "--address", containerd.socketPath, "--namespace", "k8s.io"];
      assert.ok(!(await runCommand([...ctr, "snapshots", "list"])).includes(directory));
      assert.ok(!(await runCommand([...ctr, "leases", "list"])).includes(directory));
      assert.deepEqual(await readdir(directory), ["shown"]);
    } finally {
      await runCommand(["umount", shown]);
    }
    await assert.rejects(async () => runtime.mountImage?.("sha256:missing", shown), { code: "InvalidConfig" });
  });

  test("a log that was rotated is read as one, also by who follows it, and the oldest goes", async () => {
    const script =
      'i=0; while [ $i -lt 6 ]; do echo "line $i"; until [ -e /go$i ]; do sleep 0.02; done; i=$((i+1)); done; sleep 1000';
    const logPaths = async () => {
      const all = await readdir(join(stateDir, "logs"), { recursive: true }).catch(() => []);
      return all.filter((name) => name.endsWith(".log")).map((name) => join(stateDir, "logs", name));
    };
    const others = await logPaths();
    const id = await start(script);
    const followed: LogEntry[] = [];
    const following = (async () => {
      for await (const entry of runtime.logs(id, { follow: true })) followed.push(entry);
    })();
    const client = createCriClient(containerd.socketPath);
    const logPath = await until("the log is there", async () =>
      (await logPaths()).find((path) => !others.includes(path)),
    );
    const limits = { maxSizeBytes: 1, maxFiles: 3 };
    const written = async () => [{ containerId: id, logPath }];
    for (let line = 0; line < 6; line++) {
      await until("a line is told", async () => followed.length > line);
      await rotateLogs({ client, clock: systemClock, limits, written });
      const session = await runtime.exec(id, { command: ["touch", `/go${line}`], stdin: false, tty: false });
      session.stdout.resume();
      session.stderr?.resume();
      assert.equal(await session.exitCode, 0);
    }
    await runtime.stopContainer(id, 0);
    await following;
    await client.close();
    assert.equal(text(followed), Array.from({ length: 6 }, (_, line) => `line ${line}\n`).join(""));
    assert.equal((await logFiles(logPath)).length, 3);
    assert.equal(await logs(id), "line 4\nline 5\n", "the present file is empty");
    await runtime.removeContainer(id);
    assert.deepEqual(await logFiles(logPath), []);
  });

  test("the disk that a container takes is counted, and where images lie is known", async () => {
    const id = await start("dd if=/dev/zero of=/big bs=1024 count=3072 2>/dev/null; echo done; sleep 1000");
    const usage = await until("what is written counts", async () => {
      const measured = await runtime.diskUsage?.(id);
      return measured && measured.writableLayerBytes >= 3 << 20 && measured.logBytes > 0 && measured;
    });
    assert.ok(usage.writableLayerBytes < 5 << 20);
    assert.match((await runtime.imageDirectory?.()) ?? "", new RegExp(`^${containerd.directory}`));
  });

  test("the image of sandboxes is pinned, others are not", async () => {
    const images = await runtime.listImages();
    const pinned = (part: string) => images.find(({ tags }) => tags.some((tag) => tag.includes(part)))?.pinned ?? false;
    assert.equal(pinned("pause"), true);
    assert.equal(pinned("busybox"), false);
  });

  test("an image is pulled with credentials, and removed again", async () => {
    const credentials = { username: "me", password: "secret:word" };
    const registry = await startTestRegistry(await busyboxLayer(), credentials);
    try {
      const { image } = registry;
      await assert.rejects(runtime.pullImage(image), { code: "PullFailed", message: new RegExp(image) });
      await assert.rejects(runtime.pullImage(image, { ...credentials, password: "guess" }), { code: "PullFailed" });
      const pulled = await runtime.pullImage(image, credentials);
      assert.deepEqual(pulled.tags, [image]);
      assert.match(pulled.digests[0] ?? "", /private\/app@sha256:/);
      assert.equal((await runtime.imageStatus(image))?.id, pulled.id);
      const unknown = image.replace(/:1$/, ":2");
      await assert.rejects(runtime.pullImage(unknown, credentials), { code: "ImageNotFound" });
      await runtime.removeImage(pulled.id);
      await runtime.removeImage(pulled.id);
      assert.equal(await runtime.imageStatus(image), undefined);
    } finally {
      await registry.stop();
    }
  });

  test("what an earlier try left of a container is replaced, unless it runs", async () => {
    const sandboxId = await sandbox();
    const first = await create(sandboxId, "sleep 1000");
    const second = await create(sandboxId, "sleep 1000");
    await assert.rejects(runtime.containerStatus(first), { code: "NotFound" });
    await runtime.startContainer(second);
    await assert.rejects(create(sandboxId, "true"), { code: "InvalidConfig", message: /reserved/ });
  });

  test("a group without a user goes with the image's user", async () => {
    assert.equal(await output("echo $(id -u):$(id -g)", { security: { ...plain, runAsGroup: 77 } }), "0:77\n");
  });

  test("a filter of system calls applies when it is asked for", async () => {
    const mode = "while read -r k v; do case $k in Seccomp:) echo $v;; esac; done < /proc/self/status";
    assert.equal(await output(mode), "0\n");
    assert.equal(await output(mode, { security: { ...plain, seccompDefault: true } }), "2\n");
  });

  test("a pod in the machine's network has the machine's name", async () => {
    const sandboxId = await sandbox({ hostNetwork: true });
    assert.equal(await output("cat /proc/sys/kernel/hostname", {}, sandboxId), `${hostname()}\n`);
  });

  test("the machine's processes are only for sandboxes that say so", async () => {
    await assert.rejects(create(await sandbox(), "true", { pidNamespace: "Node" }), { code: "InvalidConfig" });
  });

  test("of two commands that run, the one is killed that is meant", async () => {
    const id = await start("sleep 1000");
    const run = async () => {
      const command = ["sh", "-c", "echo up; sleep 999"];
      const session = await runtime.exec(id, { command, stdin: false, tty: false });
      session.stderr?.resume();
      await new Promise((resolve) => session.stdout.once("data", resolve));
      return session;
    };
    const [first, second] = [await run(), await run()];
    await second.kill();
    assert.equal(await second.exitCode, 137);
    const command = ["sh", "-c", "cat /proc/[0-9]*/cmdline"];
    await until("one of them is left", async () => {
      const listing = await runtime.exec(id, { command, stdin: false, tty: false });
      listing.stderr?.resume();
      return (await textOf(listing.stdout)).split("sleep\u0000999\0").length - 1 === 1;
    });
    await first.kill();
    assert.equal(await first.exitCode, 137);
  });

  test("containers outlive a restart of containerd, and so does what is known and told of them", async () => {
    const id = await start("echo up; until [ -e /go ]; do sleep 0.02; done; exit 5");
    const before = await until("it runs", async () => (await logs(id)) === "up\n" && runtime.containerStatus(id));
    const controller = new AbortController();
    const told = (async () => {
      for await (const event of runtime.events(controller.signal))
        if (event.kind === "exited" && event.containerId === id) return;
      assert.fail("the end was not told");
    })();
    await containerd.restart();
    await until("the runtime is well again", async () => (await runtime.problem()) === undefined);
    assert.deepEqual(await runtime.containerStatus(id), before);
    const session = await runtime.exec(id, { command: ["touch", "/go"], stdin: false, tty: false });
    session.stdout.resume();
    session.stderr?.resume();
    assert.equal(await session.exitCode, 0);
    await told;
    controller.abort();
    assert.equal((await runtime.containerStatus(id)).exitCode, 5);
  });

  test("files of a sandbox go with it", async () => {
    const pod = { namespace: "default", name: "filed", uid: randomUUID() };
    const sandboxId = await sandbox({ pod });
    await output("echo words", {}, sandboxId);
    const directory = join(stateDir, "logs", `default_filed_${pod.uid}`);
    assert.ok(existsSync(directory));
    await runtime.removeSandbox(sandboxId);
    assert.ok(!existsSync(directory));
  });

  test("a machine's own configuration of the network is left alone", async () => {
    const directory = join(containerd.directory, "cni");
    const [ours = ""] = await readdir(directory);
    assert.match(ours, /^10-typernetes-/);
    const text = await readFile(join(directory, ours), "utf8");
    const client = createCriClient(containerd.socketPath);
    await removeEverything({ cluster, socketPath: containerd.socketPath });
    assert.deepEqual(await readdir(directory), []);
    const isNetworkReady = async () => {
      const { status } = await client.runtime(runtimeMethods.status, {});
      return status?.conditions?.find(({ type }) => type === "NetworkReady")?.status === true;
    };
    await until("containerd knows that there is none", async () => !(await isNetworkReady()));
    await mkdir(directory, { recursive: true });
    await writeFile(join(directory, "05-other.conflist"), text.replace('"host-local"', '"host-local" '));
    await until("containerd knows it", isNetworkReady);
    const again = await open();
    assert.equal(await again.problem(), undefined);
    assert.deepEqual(await readdir(directory), ["05-other.conflist"]);
    await removeCniNetwork(client, cluster);
    assert.deepEqual(await readdir(directory), ["05-other.conflist"]);
    await again.close();
    await client.close();
  });
});

test("without a runtime at the socket there is none, and the message says what to do", async () => {
  const place = { internalIP: "127.0.0.1", podCIDR: "10.231.0.0/24" };
  const options = { nodeName: "n", cluster: "c", place, clusterCIDR: "10.231.0.0/16", stateDir: "/nowhere" };
  const socketPath = join(tmpdir(), `no-such-${randomUUID()}.sock`);
  await assert.rejects(createCriRuntime({ ...options, socketPath, clock: systemClock }), {
    code: "Unavailable",
    message: /no socket at .*start containerd/,
  });
});
