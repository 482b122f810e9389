import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
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
import { testImage } from "./test-image.ts";
import {
  BookNetwork,
  containerConfig,
  eventually,
  outputOf,
  runToEnd,
  sandboxConfig,
  startTestNode,
  textOf,
  withoutDocker,
} from "./test-runtime.ts";

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
      containerConfig("nc -l -p 8080 -e echo served; sleep 100", { name: "server" }),
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
  const container = await node.runtime.createContainer(sandbox, containerConfig("echo up; sleep 100"));
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

test("exit codes, signals and memory show in the status", options, async (t) => {
  const { runtime } = await startTestNode(t);
  const sandbox = await runtime.runSandbox(sandboxConfig());
  const cases = [
    { name: "good", script: "true", exitCode: 0, reason: "Completed" },
    { name: "bad", script: "exit 42", exitCode: 42, reason: "Error" },
    { name: "big", script: "tail /dev/zero", exitCode: 137, reason: "OOMKilled" },
  ];
  for (const { name, script, exitCode, reason } of cases) {
    const command = script.split(" ");
    const config = containerConfig(script, {
      name,
      resources: { memoryLimitBytes: 16 * 1024 * 1024 },
      ...(name === "big" ? { command } : {}),
    });
    const { status } = await runToEnd(runtime, sandbox, config);
    assert.deepEqual({ name, exitCode: status.exitCode, reason: status.reason }, { name, exitCode, reason });
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
  const container = await runtime.createContainer(sandbox, containerConfig("cat /proc/self/cgroup; sleep 100"));
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
      "id -u; id -g; id -G; cat /in/in; echo x > /in/y || echo read-only; echo out > /made/out; touch /root-file || echo root read-only; grep -E 'CapBnd|NoNewPrivs' /proc/self/status; echo $GREETING",
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

test("events tell of starts, exits and removals", options, async (t) => {
  const { runtime } = await startTestNode(t);
  const abort = new AbortController();
  t.after(() => abort.abort());
  const events = runtime.events(abort.signal);
  const sandbox = await runtime.runSandbox(sandboxConfig());
  const { id } = await runToEnd(runtime, sandbox, containerConfig("true"));
  await runtime.removeSandbox(sandbox);
  const seen: string[] = [];
  for await (const event of events) {
    seen.push(`${event.containerId === id ? "container" : "sandbox"} ${event.kind}`);
    assert.equal(event.sandboxId, sandbox);
    if (event.kind === "removed" && event.containerId === undefined) break;
  }
  assert.deepEqual(seen, [
    "sandbox started",
    "container started",
    "container exited",
    "sandbox exited",
    "container removed",
    "sandbox removed",
  ]);
});

test("output in the terminal and in two streams is told apart", options, async (t) => {
  const { runtime } = await startTestNode(t);
  const sandbox = await runtime.runSandbox(sandboxConfig());
  const plain = await runToEnd(runtime, sandbox, containerConfig("echo out; echo err >&2; printf unfinished"));
  const streams: string[] = [];
  for await (const { stream, line, timestamp, timeMs } of runtime.logs(plain.id, { follow: false })) {
    assert.match(timestamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/);
    assert.ok(Math.abs(timeMs - Date.now()) < 60_000);
    streams.push(`${stream}: ${Buffer.from(line).toString()}`);
  }
  assert.deepEqual(streams.sort(), ["stderr: err\n", "stdout: out\n", "stdout: unfinished"]);
  const terminal = containerConfig("test -t 1 && echo terminal", { name: "terminal", tty: true });
  assert.equal((await runToEnd(runtime, sandbox, terminal)).output, "terminal\r\n");
});

test("a line longer than Docker's parts is one entry", options, async (t) => {
  const { runtime } = await startTestNode(t);
  const sandbox = await runtime.runSandbox(sandboxConfig());
  const config = containerConfig("head -c 50000 /dev/zero | tr '\\0' x; echo; echo short");
  const { id } = await runToEnd(runtime, sandbox, config);
  const lengths: number[] = [];
  for await (const entry of runtime.logs(id, { follow: false })) lengths.push(entry.line.length);
  assert.deepEqual(lengths, [50_001, 6]);
});

test("logs follow until the container ends, from the tail or a time on", options, async (t) => {
  const { runtime } = await startTestNode(t);
  const sandbox = await runtime.runSandbox(sandboxConfig());
  const config = containerConfig("echo one; echo two; read go < /dev/stdin; echo three", { stdin: true });
  const id = await runtime.createContainer(sandbox, {
    ...config,
    command: ["sh", "-c", "echo one; echo two; trap 'echo three; exit' TERM; while true; do sleep 0.05; done"],
  });
  await runtime.startContainer(id);
  await eventually(async () => ((await outputOf(runtime, id)) === "one\ntwo\n" ? true : undefined), "two lines");
  const lines: string[] = [];
  let secondMs = 0;
  for await (const { line, timeMs } of runtime.logs(id, { follow: true, tailLines: 1 })) {
    lines.push(Buffer.from(line).toString());
    if (lines.length === 1) {
      secondMs = timeMs;
      void runtime.stopContainer(id, 10);
    }
  }
  assert.deepEqual(lines, ["two\n", "three\n"]);
  const since: string[] = [];
  for await (const { line } of runtime.logs(id, { follow: false, sinceMs: secondMs + 1 })) {
    since.push(Buffer.from(line).toString());
  }
  assert.deepEqual(since, ["three\n"]);
});

test("following ends when the caller has enough", options, async (t) => {
  const { runtime } = await startTestNode(t);
  const sandbox = await runtime.runSandbox(sandboxConfig());
  const id = await runtime.createContainer(sandbox, containerConfig("echo on; sleep 100"));
  await runtime.startContainer(id);
  const abort = new AbortController();
  const lines: string[] = [];
  for await (const { line } of runtime.logs(id, { follow: true }, abort.signal)) {
    lines.push(Buffer.from(line).toString());
    abort.abort();
  }
  assert.deepEqual(lines, ["on\n"]);
});

test("exec has streams, an exit code and a terminal of any size", options, async (t) => {
  const { runtime } = await startTestNode(t);
  const sandbox = await runtime.runSandbox(sandboxConfig());
  const id = await runtime.createContainer(sandbox, containerConfig("sleep 100"));
  await assert.rejects(runtime.exec(id, { command: ["true"], stdin: false, tty: false }), code("NotRunning"));
  await runtime.startContainer(id);

  const piped = await runtime.exec(id, { command: ["sh", "-c", "cat; echo err >&2; exit 3"], stdin: true, tty: false });
  piped.stdin?.end("typed");
  assert.deepEqual(await Promise.all([textOf(piped.stdout), textOf(piped.stderr), piped.exitCode]), [
    "typed",
    "err\n",
    3,
  ]);

  const terminal = await runtime.exec(id, { command: ["sh"], stdin: true, tty: true });
  await terminal.resize(123, 45);
  terminal.stdin?.write("stty size; exit 4\n");
  assert.equal(terminal.stderr, undefined);
  const [screen, exitCode] = await Promise.all([textOf(terminal.stdout), terminal.exitCode]);
  assert.match(screen, /45 123/);
  assert.equal(exitCode, 4);

  await assert.rejects(runtime.exec(id, { command: ["nope"], stdin: false, tty: false }), code("StartFailed"));
  await assert.rejects(runtime.exec("0".repeat(64), { command: ["true"], stdin: false, tty: false }), code("NotFound"));
});

test("exec passes on what comes after many megabytes", options, async (t) => {
  const { runtime } = await startTestNode(t);
  const sandbox = await runtime.runSandbox(sandboxConfig());
  const id = await runtime.createContainer(sandbox, containerConfig("sleep 100"));
  await runtime.startContainer(id);
  const session = await runtime.exec(id, { command: ["cat"], stdin: true, tty: false });
  const sent = Buffer.alloc(8 * 1024 * 1024, "abcdefg\n");
  session.stdin?.end(sent);
  const [received, , exitCode] = await Promise.all([textOf(session.stdout), textOf(session.stderr), session.exitCode]);
  assert.equal(received.length, sent.length);
  assert.equal(exitCode, 0);
});

test("exec ends although a child still holds the output, and can be killed", options, async (t) => {
  const { runtime } = await startTestNode(t);
  const sandbox = await runtime.runSandbox(sandboxConfig());
  const id = await runtime.createContainer(sandbox, containerConfig("sleep 100"));
  await runtime.startContainer(id);
  const held = await runtime.exec(id, {
    command: ["sh", "-c", "sleep 60 & echo hi; exit 5"],
    stdin: false,
    tty: false,
  });
  assert.deepEqual(await Promise.all([textOf(held.stdout), textOf(held.stderr), held.exitCode]), ["hi\n", "", 5]);
  const hung = await runtime.exec(id, { command: ["sleep", "61"], stdin: false, tty: false });
  await hung.kill();
  assert.deepEqual(await Promise.all([textOf(hung.stdout), hung.exitCode]), ["", 137]);
  const left = spawnSync("docker", ["top", id]).stdout.toString();
  assert.ok(!left.includes("sleep 61"), left);
});

test("twenty pods start at once", options, async (t) => {
  const { runtime } = await startTestNode(t);
  const ids = await Promise.all(
    Array.from({ length: 20 }, async () => {
      const sandbox = await runtime.runSandbox(sandboxConfig());
      const id = await runtime.createContainer(sandbox, containerConfig("sleep 100"));
      await runtime.startContainer(id);
      return id;
    }),
  );
  assert.equal(new Set(ids).size, 20);
  const states = (await runtime.listContainers()).map((status) => status.state);
  assert.deepEqual(states, Array(20).fill("Running"));
});
