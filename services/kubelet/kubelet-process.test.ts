import assert from "node:assert/strict";
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Pod } from "../../gen/typernetes/core/v1/pod.ts";
import { eventually } from "../../lib/base/eventually.ts";
import { isReady, restarts, shell, TestKubelet } from "./test-kubelet.ts";
import { processMachine } from "./test-process-machine.ts";

let node: TestKubelet;
before(async () => {
  node = await TestKubelet.start({ machine: await processMachine() });
});
after(() => node.close());

function terminated(pod: Pod, container = "main") {
  return pod.status?.containerStatuses?.find(({ name }) => name === container)?.state?.terminated;
}

function waiting(pod: Pod) {
  return pod.status?.containerStatuses?.[0]?.state?.waiting;
}

test("a pod that never restarts runs to its end: succeeded", async () => {
  await node.create("job", shell("echo done; echo bye > /dev/termination-log"), { restartPolicy: "Never" });
  const pod = await node.until("job", ({ status }) => status?.phase === "Succeeded");
  const { exitCode, reason, message } = terminated(pod) ?? {};
  assert.deepEqual({ exitCode, reason, message }, { exitCode: 0, reason: "Completed", message: "bye\n" });
  const ready = pod.status?.conditions?.find(({ type }) => type === "Ready");
  assert.deepEqual([ready?.status, ready?.reason], ["False", "PodCompleted"]);
  assert.equal(await node.logs("job"), "done\n");
});

test("a pod that never restarts fails with its container; its last words come from its log", async () => {
  const failing = shell("echo oops >&2; exit 3", { terminationMessagePolicy: "FallbackToLogsOnError" });
  await node.create("failing", failing, { restartPolicy: "Never" });
  const pod = await node.until("failing", ({ status }) => status?.phase === "Failed");
  const { exitCode, reason, message } = terminated(pod) ?? {};
  assert.deepEqual({ exitCode, reason, message }, { exitCode: 3, reason: "Error", message: "oops\n" });
});

test("on failure: restarted until it succeeds; the log of the attempt before is kept", async () => {
  const script = "echo try; if [ -e /data/once ]; then exit 0; else touch /data/once; exit 1; fi";
  const mounted = shell(script, { volumeMounts: [{ name: "data", mountPath: "/data" }] });
  await node.create("retried", mounted, { restartPolicy: "OnFailure", volumes: [{ name: "data", emptyDir: {} }] });
  const pod = await node.until("retried", ({ status }) => status?.phase === "Succeeded");
  assert.equal(restarts(pod), 1, JSON.stringify([pod.status, await node.events("retried")]));
  assert.equal(pod.status?.containerStatuses?.[0]?.lastState?.terminated?.exitCode, 1);
  assert.equal(await node.logs("retried", { previous: true }), "try\n");
});

test("a container that crashes again and again is held back", async () => {
  await node.create("crashing", shell("echo $$ started; exit 7"), { terminationGracePeriodSeconds: 600 });
  const pod = await node.until("crashing", (it) => waiting(it)?.reason === "CrashLoopBackOff");
  assert.equal(restarts(pod), 1);
  assert.equal(pod.status?.phase, "Running");
  assert.equal(pod.status?.containerStatuses?.[0]?.lastState?.terminated?.exitCode, 7);
  const ref = `crashing_default(${pod.metadata?.uid})`;
  assert.equal(waiting(pod)?.message, `back-off 10s restarting failed container=main pod=${ref}`);
  assert.match(await node.logs("crashing", { previous: true }), /started/);
  await node.delete("crashing");
  await node.untilGone("crashing");
  await node.told("crashing", `BackOff: Back-off restarting failed container main in pod ${ref}`);
  // Events are written beside each other.
  const starts = await eventually(async () => {
    const { count = 0 } = (await node.eventObjects("crashing")).find(({ reason }) => reason === "Started") ?? {};
    return count >= 2 ? count : undefined;
  });
  assert.equal(starts, 2, "a pod that waits does not wait to its end");
});

test("init containers run in order before the others, each once", async () => {
  const volumeMounts = [{ name: "data", mountPath: "/data" }];
  const init = (name: string, script: string) => ({ name, image: "host", ...shell(script, { volumeMounts }) });
  await node.create(
    "initialised",
    {},
    {
      volumes: [{ name: "data", emptyDir: {} }],
      initContainers: [init("one", "echo one >> /data/order"), init("two", "echo two >> /data/order")],
      containers: [
        {
          name: "main",
          image: "host",
          ...shell("echo main >> /data/order; cat /data/order; sleep 1000", { volumeMounts }),
        },
      ],
    },
  );
  const pod = await node.until("initialised", isReady);
  await eventually(async () => (await node.logs("initialised", { container: "main" })) === "one\ntwo\nmain\n");
  const inits = pod.status?.initContainerStatuses?.map(({ name, ready, restartCount, state }) => [
    name,
    ready,
    restartCount,
    state?.terminated?.reason,
  ]);
  assert.deepEqual(inits, [
    ["one", true, 0, "Completed"],
    ["two", true, 0, "Completed"],
  ]);
});

test("an init container that fails for good fails the pod, and the others never start", async () => {
  await node.create("uninitialised", shell("echo never"), {
    restartPolicy: "Never",
    initContainers: [{ name: "init", image: "host", ...shell("exit 4") }],
  });
  const pod = await node.until("uninitialised", ({ status }) => status?.phase === "Failed");
  assert.deepEqual(waiting(pod), { reason: "PodInitializing" });
  const initialized = pod.status?.conditions?.find(({ type }) => type === "Initialized");
  assert.equal(initialized?.message, "containers with incomplete status: [init]");
});

test("a liveness probe that fails kills the container, and it starts again", async () => {
  const livenessProbe = {
    exec: { command: ["test", "-e", "/tmp/alive"] },
    periodSeconds: 1,
    failureThreshold: 1,
    initialDelaySeconds: 1,
  };
  await node.create("dying", shell("touch /tmp/alive; sleep 2; rm /tmp/alive; exec sleep 1000", { livenessProbe }));
  await node.until("dying", (pod) => (restarts(pod) ?? 0) >= 1 && isReady(pod));
  await node.told("dying", "Killing: Container main failed liveness probe, will be restarted");
  await node.told("dying", "Unhealthy: Liveness probe failed");
  await node.delete("dying", 0);
});

test("readiness follows its probe, both ways", async () => {
  const exec = { command: ["test", "-e", "/data/ready"] };
  const readinessProbe = { exec, periodSeconds: 1, failureThreshold: 1, timeoutSeconds: 60 };
  const volumeMounts = [{ name: "data", mountPath: "/data" }];
  const { metadata } = await node.create("flipping", shell("exec sleep 1000", { readinessProbe, volumeMounts }), {
    volumes: [{ name: "data", emptyDir: {} }],
  });
  const path = join(node.stateDir, "pods", metadata?.uid ?? "", "volumes", "empty-dir", "data", "ready");
  const before = await node.until("flipping", ({ status }) => status?.phase === "Running");
  assert.equal(isReady(before), false);
  writeFileSync(path, "");
  await node.until("flipping", isReady);
  rmSync(path);
  const unready = await node.until("flipping", (pod) => !isReady(pod));
  assert.equal(
    unready.status?.conditions?.find(({ type }) => type === "Ready")?.message,
    "containers with unready status: [main]",
  );
  assert.equal(restarts(unready), 0);
});

test("graceful deletion: SIGTERM is trapped, the end is told, then the pod goes", async () => {
  const { metadata } = await node.create(
    "trapping",
    shell("trap 'echo bye > /dev/termination-log; exit 5' TERM; echo up; sleep 1000 & wait"),
    { terminationGracePeriodSeconds: 60 },
  );
  await eventually(async () => (await node.logs("trapping").catch(() => "")) === "up\n");
  const ends: Pod[] = [];
  const watching = new AbortController();
  const watch = (async () => {
    for await (const batch of node.client.core.v1.pods.watch({
      namespace: "default",
      fieldSelector: "metadata.name=trapping",
      ...(metadata?.resourceVersion && { resourceVersion: metadata.resourceVersion }),
      signal: watching.signal,
    }))
      for (const { type, object } of batch) if (type === "DELETED") ends.push(object);
  })().catch(() => {});
  await node.delete("trapping");
  await node.untilGone("trapping");
  const end = await eventually(() => ends[0]);
  watching.abort();
  await watch;
  assert.equal(end.status?.phase, "Failed");
  assert.equal(terminated(end)?.exitCode, 5);
  assert.equal(terminated(end)?.message, "bye\n");
  await node.told("trapping", "Killing: Stopping container main");
});

test("what ignores SIGTERM is killed after the grace period; a shorter one later cuts it short", async () => {
  const stubborn = shell("trap '' TERM; while :; do sleep 0.1; done");
  await node.create("stubborn", stubborn, { terminationGracePeriodSeconds: 3 });
  await node.until("stubborn", isReady);
  const began = Date.now();
  await node.delete("stubborn");
  await node.untilGone("stubborn");
  const took = Date.now() - began;
  assert.ok(took > 2_500, `took ${took} ms`);
  await node.create("hurried", stubborn, { terminationGracePeriodSeconds: 600 });
  await node.until("hurried", isReady);
  await node.delete("hurried");
  await node.until("hurried", ({ metadata }) => metadata?.deletionTimestamp !== undefined);
  await node.delete("hurried", 1);
  await node.untilGone("hurried");
});

test("force deletion: the server forgets at once, the node soon after", async () => {
  const { metadata } = await node.create("forced", shell("trap '' TERM; while :; do sleep 0.1; done"));
  await node.until("forced", isReady);
  await node.delete("forced", 0);
  await node.untilGone("forced");
  await eventually(async () => (await node.runtime.listSandboxes()).every(({ pod }) => pod.name !== "forced"));
  await eventually(() => !existsSync(join(node.stateDir, "pods", metadata?.uid ?? "")));
});

test("a container over its memory limit is killed and says so", async () => {
  await node.create(
    "hungry",
    shell("exec dd if=/dev/zero of=/dev/null bs=300M count=1", { resources: { limits: { memory: "32Mi" } } }),
    { restartPolicy: "Never" },
  );
  const pod = await node.until("hungry", ({ status }) => status?.phase === "Failed" || status?.phase === "Succeeded");
  assert.equal(terminated(pod)?.reason, "OOMKilled");
});

test("a command that is not there: RunContainerError, then held back", async () => {
  await node.create("mistaken", { command: ["no-such-command"] });
  const pod = await node.until("mistaken", (it) => waiting(it)?.reason === "CrashLoopBackOff");
  assert.equal(restarts(pod), 1);
  assert.match(pod.status?.containerStatuses?.[0]?.lastState?.terminated?.message ?? "", /no-such-command/);
});

test("a container whose process is killed is started again at once, on the same address", async () => {
  await node.create("killed", shell("exec sleep 1000"));
  const first = await node.until("killed", isReady);
  const [sandbox] = (await node.runtime.listSandboxes()).filter(({ pod }) => pod.name === "killed");
  const stop = (await node.runtime.listContainers(sandbox?.id))[0];
  await node.runtime.stopContainer(stop?.id ?? "", 0);
  const second = await node.until("killed", (pod) => restarts(pod) === 1 && isReady(pod));
  assert.ok(!(await node.events("killed")).some((event) => event.startsWith("BackOff")));
  assert.equal(second.status?.podIP, first.status?.podIP);
  assert.equal(second.status?.containerStatuses?.[0]?.lastState?.terminated?.exitCode, 137);
});

test("a sandbox that was stopped is made anew, and its containers with it", async () => {
  await node.create("moved", shell("exec sleep 1000"));
  await node.until("moved", isReady);
  const [sandbox] = (await node.runtime.listSandboxes()).filter(({ pod }) => pod.name === "moved");
  await node.runtime.stopSandbox(sandbox?.id ?? "");
  // Once more when the kubelet saw the container's end before the sandbox's.
  const pod = await node.until("moved", (it) => (restarts(it) ?? 0) >= 1 && isReady(it));
  const now = (await node.runtime.listSandboxes()).filter(({ pod: { name } }) => name === "moved");
  assert.deepEqual(now[0]?.ips[0], pod.status?.podIP);
  await node.told("moved", "SandboxChanged: Pod sandbox changed, it will be killed and re-created.");
});
