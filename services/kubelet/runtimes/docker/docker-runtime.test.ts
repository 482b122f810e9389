import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { systemClock } from "../../../../lib/base/clock.ts";
import { RuntimeError } from "../runtime.ts";
import { createDockerRuntime } from "./docker-runtime.ts";
import { removeEverything } from "./remove-everything.ts";
import { clusterDirectory } from "./sandbox-files.ts";
import { containerConfig, sandboxConfig } from "./test-config.ts";
import { testImage } from "./test-image.ts";
import { BookNetwork, eventually, outputOf, runToEnd, startTestNode, withoutDocker } from "./test-runtime.ts";

const options = { skip: withoutDocker };
const code = (wanted: string) => (error: unknown) => error instanceof RuntimeError && error.code === wanted;

test("a machine without Docker is told what to do", async () => {
  const runtime = createDockerRuntime({
    socketPath: "/nowhere/docker.sock",
    nodeName: "n",
    cluster: "none",
    network: new BookNetwork(),
    place: { internalIP: "127.0.0.1", podCIDR: "10.99.0.0/24" },
    clock: systemClock,
  });
  const problem = await runtime.problem();
  assert.equal(problem, "no Docker socket at /nowhere/docker.sock: start Docker or use --runtime process");
  await assert.rejects(runtime.listSandboxes(), code("Unavailable"));
});

test("containers of a sandbox share its network, hostname and files", options, async (t) => {
  const { runtime, network } = await startTestNode(t);
  assert.equal(await runtime.problem(), undefined);
  const dns = { nameservers: ["10.96.0.10"], searches: ["default.svc.cluster.local"], options: ["ndots:5"] };
  const sandbox = await runtime.runSandbox(sandboxConfig({ dns }));
  assert.match(network.connected.get(sandbox) ?? "", /^\/proc\/\d+\/ns\/net$/);
  await runtime.startContainer(
    await runtime.createContainer(
      sandbox,
      containerConfig("nc -l -p 8080 -e echo served; sleep 1000", { name: "server" }),
    ),
  );
  const script = "until nc 127.0.0.1 8080; do sleep 0.1; done 2>/dev/null; hostname; cat /etc/hosts /etc/resolv.conf";
  const { output } = await runToEnd(runtime, sandbox, containerConfig(script, { name: "client" }));
  assert.match(output, /^served\nweb-0\n/);
  assert.match(output, /10\.99\.0\.2\tweb-0\n/);
  assert.match(output, /search default\.svc\.cluster\.local\nnameserver 10\.96\.0\.10\noptions ndots:5\n$/);
});

test("a new runtime on the same node finds everything and restarts nothing", options, async (t) => {
  const node = await startTestNode(t);
  const config = sandboxConfig({ labels: { app: "web" }, attempt: 3 });
  const sandbox = await node.runtime.runSandbox(config);
  const container = await node.runtime.createContainer(sandbox, containerConfig("echo up; sleep 1000"));
  await node.runtime.startContainer(container);
  const before = await node.runtime.containerStatus(container);
  await node.runtime.close();

  const runtime = node.again();
  const [status, ...others] = await runtime.listSandboxes();
  assert.deepEqual(others, []);
  assert.ok(status && status.createdAtMs > 0);
  assert.deepEqual(
    { ...status, createdAtMs: 0 },
    {
      id: sandbox,
      pod: config.pod,
      attempt: 3,
      state: "Ready",
      createdAtMs: 0,
      ips: ["10.99.0.2"],
      labels: { app: "web" },
    },
  );
  assert.deepEqual(await runtime.listContainers(sandbox), [before]);
  const { status: next } = await runToEnd(runtime, sandbox, containerConfig("cat /etc/hosts", { name: "late" }));
  assert.equal(next.exitCode, 0);
});

test("another node and another cluster see nothing of it", options, async (t) => {
  const node = await startTestNode(t);
  const other = await startTestNode(t);
  const sandbox = await node.runtime.runSandbox(sandboxConfig());
  const container = await node.runtime.createContainer(sandbox, containerConfig("true"));
  assert.deepEqual(await other.runtime.listSandboxes(), []);
  assert.deepEqual(await other.runtime.listContainers(), []);
  await assert.rejects(other.runtime.containerStatus(container), code("NotFound"));
  await removeEverything({ cluster: other.cluster, clock: systemClock });
  assert.equal((await node.runtime.listSandboxes()).length, 1);
});

test("a command that does not exist is StartFailed and leaves ContainerCannotRun", options, async (t) => {
  const { runtime } = await startTestNode(t);
  const sandbox = await runtime.runSandbox(sandboxConfig());
  const id = await runtime.createContainer(sandbox, containerConfig("", { command: ["/no/such"] }));
  assert.equal((await runtime.containerStatus(id)).state, "Created");
  await assert.rejects(runtime.startContainer(id), code("StartFailed"));
  const status = await runtime.containerStatus(id);
  assert.equal(status.state, "Exited");
  assert.equal(status.reason, "ContainerCannotRun");
  assert.equal(status.exitCode, 127);
  assert.match(status.message ?? "", /no such file/);
});

test("images that are missing are told from pulls that fail", options, async (t) => {
  const { runtime } = await startTestNode(t);
  const sandbox = await runtime.runSandbox(sandboxConfig());
  const missing = containerConfig("true", { image: "typernetes-test/missing:1" });
  await assert.rejects(runtime.createContainer(sandbox, missing), code("ImageNotFound"));
  assert.equal(await runtime.imageStatus("typernetes-test/missing:1"), undefined);
  await assert.rejects(runtime.pullImage("127.0.0.1:9/typernetes-test/missing:1"), code("PullFailed"));
  const image = await runtime.imageStatus(testImage);
  assert.deepEqual(image?.tags, [testImage]);
  const listed = await runtime.listImages();
  assert.ok(listed.some((other) => other.id === image?.id));
  assert.ok(!listed.some((other) => other.tags.some((tag) => tag.startsWith("typernetes/pause"))));
});

test("exit codes show in the status", options, async (t) => {
  const { runtime } = await startTestNode(t);
  const sandbox = await runtime.runSandbox(sandboxConfig());
  const cases = [
    { name: "good", script: "true", exitCode: 0, reason: "Completed" },
    { name: "bad", script: "exit 42", exitCode: 42, reason: "Error" },
  ];
  for (const { name, script, exitCode, reason } of cases) {
    const { status } = await runToEnd(runtime, sandbox, containerConfig(script, { name }));
    assert.deepEqual([name, status.exitCode, status.reason], [name, exitCode, reason]);
  }
});

test("stop gives a container its time, and no more", options, async (t) => {
  const { runtime } = await startTestNode(t);
  const sandbox = await runtime.runSandbox(sandboxConfig());
  const polite = containerConfig("trap 'echo bye; exit 0' TERM; echo ready; while true; do sleep 0.05; done");
  const deaf = containerConfig("trap '' TERM; echo ready; while true; do sleep 0.05; done", { name: "deaf" });
  const [politeId, deafId] = await Promise.all(
    [polite, deaf].map(async (config) => {
      const id = await runtime.createContainer(sandbox, config);
      await runtime.startContainer(id);
      await eventually(async () => (await outputOf(runtime, id)) || undefined, "the trap is set");
      return id;
    }),
  );
  assert.ok(politeId && deafId);
  await runtime.stopContainer(politeId, 20);
  assert.equal((await runtime.containerStatus(politeId)).exitCode, 0);
  assert.equal(await outputOf(runtime, politeId), "ready\nbye\n");
  await runtime.stopContainer(deafId, 1);
  assert.equal((await runtime.containerStatus(deafId)).exitCode, 137);
  await runtime.stopContainer(deafId, 1);
  await runtime.removeContainer(deafId);
  await runtime.removeContainer(deafId);
  await runtime.stopContainer(deafId, 1);
  await assert.rejects(runtime.containerStatus(deafId), code("NotFound"));
});

test("a stopped sandbox is NotReady, gives its address back, and goes with its containers", options, async (t) => {
  const { runtime, network } = await startTestNode(t);
  const sandbox = await runtime.runSandbox(sandboxConfig({ resources: { memoryLimitBytes: 64e6, cpuLimit: 0.5 } }));
  const container = await runtime.createContainer(sandbox, containerConfig("cat /proc/self/cgroup; sleep 1000"));
  await runtime.startContainer(container);
  await runtime.stopSandbox(sandbox);
  await runtime.stopSandbox(sandbox);
  assert.equal(network.connected.size, 0);
  assert.equal((await runtime.listSandboxes())[0]?.state, "NotReady");
  assert.equal((await runtime.containerStatus(container)).exitCode, 137);
  await runtime.removeSandbox(sandbox);
  await runtime.removeSandbox(sandbox);
  assert.deepEqual(await runtime.listSandboxes(), []);
  assert.deepEqual(await runtime.listContainers(), []);
});

test("a sandbox whose network fails leaves nothing behind", options, async (t) => {
  const { runtime, network, cluster } = await startTestNode(t);
  network.setUp = () => Promise.reject(new Error("no address left"));
  await assert.rejects(runtime.runSandbox(sandboxConfig()), /no address left/);
  assert.deepEqual(await runtime.listSandboxes(), []);
  assert.ok(!existsSync(join(clusterDirectory(cluster), "node-1", "hosts")));
});

test("a pod's limit holds for all of its containers together", options, async (t) => {
  const { runtime } = await startTestNode(t);
  const sandbox = await runtime.runSandbox(sandboxConfig({ resources: { memoryLimitBytes: 32 * 1024 * 1024 } }));
  const { status } = await runToEnd(runtime, sandbox, containerConfig("", { command: ["tail", "/dev/zero"] }));
  assert.equal(status.exitCode, 137);
});

test("mounts, user, groups and capabilities are the container's own", options, async (t) => {
  const { runtime } = await startTestNode(t);
  const directory = await mkdtemp(join(tmpdir(), "typernetes-docker-"));
  t.after(() => rm(directory, { recursive: true, force: true }));
  await writeFile(join(directory, "in"), "from the node\n", { mode: 0o644 });
  const sandbox = await runtime.runSandbox(sandboxConfig());
  const base = containerConfig("");
  const { output, status } = await runToEnd(
    runtime,
    sandbox,
    containerConfig(
      "exec 2>&1; id -u; id -g; id -G; cat /in/in; echo x > /in/y || echo read-only; echo out > /made/out; touch /root-file || echo root read-only; grep -E 'CapBnd|NoNewPrivs' /proc/self/status; echo $GREETING",
      {
        env: [{ name: "GREETING", value: "a=b c" }],
        mounts: [
          { hostPath: directory, containerPath: "/in", readOnly: true },
          { hostPath: join(directory, "missing"), containerPath: "/made", readOnly: false },
        ],
        security: {
          ...base.security,
          runAsUser: 0,
          runAsGroup: 5,
          supplementalGroups: [7, 9],
          dropCapabilities: ["ALL"],
          addCapabilities: ["DAC_OVERRIDE"],
          readOnlyRootFilesystem: true,
          noNewPrivileges: true,
        },
      },
    ),
  );
  assert.equal(status.exitCode, 0, output);
  const lines = output.split("\n");
  assert.deepEqual(lines.slice(0, 2), ["0", "5"]);
  assert.deepEqual(lines[2]?.split(" ").sort(), ["5", "7", "9"]);
  assert.match(output, /from the node\n/);
  assert.match(output, /\nread-only\n/);
  assert.match(output, /root read-only\n/);
  assert.match(output, /CapBnd:\s+0000000000000002\nNoNewPrivs:\s+1\na=b c\n/);
  assert.equal(await readFile(join(directory, "missing", "out"), "utf8"), "out\n");
});

test("stats count what a container uses", options, async (t) => {
  const { runtime } = await startTestNode(t);
  const sandbox = await runtime.runSandbox(sandboxConfig());
  const busy = await runtime.createContainer(sandbox, containerConfig("while true; do :; done"));
  await runtime.startContainer(busy);
  const [first] = await runtime.stats(sandbox);
  const later = await eventually(async () => {
    const [reading] = await runtime.stats();
    return reading && first && reading.cpuUsageNanos > first.cpuUsageNanos ? reading : undefined;
  }, "processor time grows");
  assert.equal(later.containerId, busy);
  assert.equal(later.name, "main");
  assert.equal(later.sandboxId, sandbox);
  assert.ok(later.memoryUsageBytes > 0 && later.memoryWorkingSetBytes <= later.memoryUsageBytes);
  assert.equal(later.pids, 1);
});

test("a container's own files and its output are counted", options, async (t) => {
  const { runtime } = await startTestNode(t);
  const sandbox = await runtime.runSandbox(sandboxConfig());
  const script = "dd if=/dev/zero of=/big bs=1024 count=2048 2>/dev/null; echo done; sleep 1000";
  const id = await runtime.createContainer(sandbox, containerConfig(script));
  await runtime.startContainer(id);
  const usage = await eventually(async () => {
    const measured = await runtime.diskUsage?.(id);
    return measured && measured.writableLayerBytes >= 2 << 20 && measured.logBytes > 0 ? measured : undefined;
  }, "what is written counts");
  assert.ok(usage.writableLayerBytes < 4 << 20);
  assert.match((await runtime.imageDirectory?.()) ?? "", /^\//);
});

test("events tell of starts, exits and removals", options, async (t) => {
  const { runtime } = await startTestNode(t);
  const abort = new AbortController();
  t.after(() => abort.abort());
  const events = runtime.events(abort.signal);
  const sandbox = await runtime.runSandbox(sandboxConfig());
  const { id } = await runToEnd(runtime, sandbox, containerConfig("true"));
  await runtime.removeSandbox(sandbox);
  // Of one after the other; Docker tells of an end a moment after who waits for it knows.
  const seen: Record<"container" | "sandbox", string[]> = { container: [], sandbox: [] };
  for await (const event of events) {
    seen[event.containerId === id ? "container" : "sandbox"].push(event.kind);
    assert.equal(event.sandboxId, sandbox);
    if (event.kind === "removed" && event.containerId === undefined) break;
  }
  const whole = ["started", "exited", "removed"];
  assert.deepEqual(seen, { container: whole, sandbox: whole });
});

test("twenty pods start at once", options, async (t) => {
  const { runtime } = await startTestNode(t);
  const ids = await Promise.all(
    Array.from({ length: 20 }, async () => {
      const sandbox = await runtime.runSandbox(sandboxConfig());
      const id = await runtime.createContainer(sandbox, containerConfig("sleep 1000"));
      await runtime.startContainer(id);
      return id;
    }),
  );
  assert.equal(new Set(ids).size, 20);
  const states = (await runtime.listContainers()).map((status) => status.state);
  assert.deepEqual(states, Array(20).fill("Running"));
});

test("one sandbox that lost its network does not hide the others", options, async (t) => {
  const node = await startTestNode(t);
  const good = await node.runtime.runSandbox(sandboxConfig());
  const bad = await node.runtime.runSandbox(sandboxConfig());
  const { setUp } = node.network;
  node.network.setUp = (id, netns) =>
    id === bad ? Promise.reject(new Error("no device")) : setUp.call(node.network, id, netns);
  const states = (await node.again().listSandboxes()).map(({ id, state }) => [id, state]);
  assert.deepEqual(
    new Map(states.map(([id, state]) => [id, state])),
    new Map([
      [bad, "NotReady"],
      [good, "Ready"],
    ]),
  );
});
