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
const shared = mkdtempSync(join(tmpdir(), "kubelet-sidecars-"));
before(async () => {
  node = await TestKubelet.start({ machine: await processMachine() });
});
after(async () => {
  await node.close();
  rmSync(shared, { recursive: true });
});

const volumes = [{ name: "shared", hostPath: { path: shared } }];
const volumeMounts = [{ name: "shared", mountPath: "/shared" }];
const note = (file: string) => join(shared, file);

function container(name: string, script: string, more: Partial<Container> = {}): Container {
  return { name, image: "host", ...shell(script, { volumeMounts, ...more }) };
}

/** Serves until it is told to end; notes both. It counts as started once it has noted the first. */
function sidecar(name: string, file: string, more: Partial<Container> = {}): Container {
  const begun = `/shared/${file}-${name}`;
  const script = `trap 'echo ${name} ends >> /shared/${file}; exit 0' TERM; echo ${name} begins >> /shared/${file}
    touch ${begun}; while :; do sleep 0.05; done`;
  const postStart = { exec: { command: ["sh", "-c", `until [ -e ${begun} ]; do sleep 0.05; done`] } };
  return container(name, script, { restartPolicy: "Always", lifecycle: { postStart }, ...more });
}

function create(name: string, spec: Partial<PodSpec>): Promise<Pod> {
  return node.create(name, {}, { volumes, terminationGracePeriodSeconds: 60, ...spec });
}

test("sidecars start in order, serve init containers and containers, and end in reverse when those are over", async () => {
  const file = "job";
  const initContainers = [
    sidecar("one", file),
    container("init", `echo init >> /shared/${file}`),
    sidecar("two", file),
  ];
  const containers = [
    container("main", `echo main >> /shared/${file}; until [ -e /shared/seen ]; do sleep 0.05; done`),
  ];
  await create("job", { restartPolicy: "Never", initContainers, containers });
  const running = await node.until("job", ({ status }) => status?.phase === "Running");
  const inits = running.status?.initContainerStatuses ?? [];
  assert.deepEqual(
    inits.map(({ name, ready, started }) => [name, ready, started]),
    [
      ["one", true, true],
      ["init", true, false],
      ["two", true, true],
    ],
  );
  writeFileSync(note("seen"), "");
  await node.until("job", ({ status }) => status?.phase === "Succeeded");
  const lines = readFileSync(note(file), "utf8").trim().split("\n");
  assert.deepEqual(lines, ["one begins", "init", "two begins", "main", "two ends", "one ends"]);
});

test("what follows a sidecar waits for its startup probe", async () => {
  const startupProbe = { exec: { command: ["test", "-e", "/shared/up"] }, periodSeconds: 1, failureThreshold: 100 };
  const initContainers = [sidecar("slow", "slow", { startupProbe })];
  await create("slow", { initContainers, containers: [container("main", "sleep 100")] });
  const pod = await node.until(
    "slow",
    ({ status }) => status?.initContainerStatuses?.[0]?.state?.running !== undefined,
  );
  assert.equal(pod.status?.phase, "Pending");
  const initialized = pod.status?.conditions?.find(({ type }) => type === "Initialized");
  assert.equal(initialized?.message, "containers with incomplete status: [slow]");
  assert.equal(pod.status?.containerStatuses?.[0]?.state?.waiting?.reason, "PodInitializing");
  writeFileSync(note("up"), "");
  await node.until("slow", isReady);
  await node.delete("slow", 0);
});

test("a sidecar that ends is started again, whatever the pod's policy", async () => {
  const flaky = container("flaky", "test -e /shared/again || { touch /shared/again; exit 1; }; sleep 100", {
    restartPolicy: "Always",
  });
  await create("flaky", {
    restartPolicy: "Never",
    initContainers: [flaky],
    containers: [container("main", "sleep 100")],
  });
  const pod = await node.until(
    "flaky",
    (it) => it.status?.initContainerStatuses?.[0]?.restartCount === 1 && isReady(it),
  );
  assert.equal(pod.status?.phase, "Running");
  await node.delete("flaky", 0);
});

test("sidecars of a pod that is deleted outlive its containers", async () => {
  const file = "deleted";
  const main = sidecar("main", file, { restartPolicy: undefined });
  await create("deleted", { initContainers: [sidecar("one", file), sidecar("two", file)], containers: [main] });
  await node.until("deleted", isReady);
  await eventually(() => readFileSync(note(file), "utf8").includes("main begins"));
  await node.delete("deleted");
  await node.untilGone("deleted");
  const lines = readFileSync(note(file), "utf8").trim().split("\n");
  assert.deepEqual(lines.slice(3), ["main ends", "two ends", "one ends"]);
});

test("a container that visits a running pod runs once, with logs and a status of its own", async () => {
  const pod = await create("visited", { containers: [container("main", "sleep 100")] });
  await node.until("visited", isReady);
  const guest = { name: "guest", image: "host", command: ["sh", "-c", "echo hello; exit 4"] };
  const visits = { spec: { ephemeralContainers: [guest] } };
  await node.client.core.v1.pods.patch("visited", visits, { namespace: "default", subresource: "ephemeralcontainers" });
  const visited = await node.until("visited", ({ status }) => {
    return status?.ephemeralContainerStatuses?.[0]?.state?.terminated !== undefined;
  });
  const [status] = visited.status?.ephemeralContainerStatuses ?? [];
  assert.deepEqual([status?.name, status?.state?.terminated?.exitCode, status?.ready], ["guest", 4, false]);
  assert.equal(await node.logs("visited", { container: "guest" }), "hello\n");
  assert.ok(isReady(visited));
  await node.client.core.v1.pods.patch("visited", { metadata: { labels: { a: "b" } } }, { namespace: "default" });
  await node.delete("visited", 0);
  await eventually(() => !existsSync(join(node.stateDir, "pods", pod.metadata?.uid ?? "")));
  const started = "Started: Started container guest";
  await node.told("visited", started);
  assert.equal((await node.events("visited")).filter((event) => event === started).length, 1);
});
