import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Pod } from "../../gen/typernetes/core/v1/pod.ts";
import { formatGoDuration } from "../../lib/api/go-duration.ts";
import { eventually } from "../../lib/base/eventually.ts";
import { SimulatedClock } from "../../lib/base/simulated-clock.ts";
import { type Image, type Runtime, RuntimeError } from "./runtimes/runtime.ts";
import { hollowMachine, isReady, nodeName, restarts, TestKubelet } from "./test-kubelet.ts";

/** A node whose time a test moves: `pass` lets that many seconds go by, and the node act each second. */
async function timedNode(t: { after(end: () => Promise<void>): void }, wrap?: (runtime: Runtime) => Runtime) {
  const clock = new SimulatedClock(Date.now());
  const node = await TestKubelet.start({ clock, machine: await hollowMachine(clock, wrap) });
  t.after(() => node.close());
  const pass = async (seconds: number) => {
    for (let second = 0; second < seconds; second++) {
      await clock.advance(1_000);
      await settle();
    }
  };
  /** Lets time go by until the pod is as it is to be. */
  const passUntil = (name: string, check: (pod: Pod) => boolean | undefined) =>
    eventually(async () => {
      await pass(1);
      const pod = await node.get(name);
      return check(pod) ? pod : undefined;
    });
  return { node, clock, pass, passUntil };
}

/** Lets writes to the store, which take real time, come to their end. */
async function settle(): Promise<void> {
  const { setTimeout: pause } = await import("node:timers/promises");
  await pause(4);
}

const fate = (values: Record<string, string>) => ({
  env: Object.entries(values).map(([name, value]) => ({ name, value })),
});

test("a container that crashes is started again after 0, 10, 20, 40, 80, 160, 300 and 300 seconds", async (t) => {
  const { node, clock } = await timedNode(t);
  await node.create("crashing", fate({ HOLLOW_RUN_SECONDS: "1", HOLLOW_EXIT_CODE: "1" }));
  const newest = async () => (await node.runtime.listContainers()).sort((a, b) => b.attempt - a.attempt)[0];
  const runs = (attempt: number) =>
    eventually(async () => {
      const container = await newest();
      return container?.attempt === attempt && container.state === "Running";
    });
  for (const [attempt, seconds] of [0, 10, 20, 40, 80, 160, 300, 300].entries()) {
    await runs(attempt);
    await clock.advance(1_000);
    if (seconds > 0) {
      const message = `back-off ${formatGoDuration(seconds * 1000)} restarting`;
      await node.until("crashing", ({ status }) => {
        return status?.containerStatuses?.[0]?.state?.waiting?.message?.startsWith(message);
      });
      await clock.advance(seconds * 1000 - 1);
      assert.equal((await newest())?.attempt, attempt);
      await clock.advance(1);
    }
  }
  await runs(8);
  assert.ok((await node.runtime.listContainers()).length <= 3, "of all attempts two are kept, and the one that runs");
});

test("an idle node writes its lease, its status every five minutes, and nothing else", async (t) => {
  const { node, pass } = await timedNode(t);
  for (const name of ["one", "two"]) await node.create(name, { readinessProbe: { exec: { command: ["true"] } } });
  for (const name of ["one", "two"]) await node.until(name, isReady);
  await pass(30);
  await node.api.settle();
  const pods = node.client.core.v1.pods.list({ namespace: "default" });
  const versions = (list: { items: Pod[] }) => list.items.map(({ metadata }) => metadata?.resourceVersion);
  const before = versions(await pods);
  const nodeBefore = await node.client.core.v1.nodes.get(nodeName);
  const events = (await node.client.core.v1.events.list()).items.length;
  await pass(240);
  await node.api.settle();
  assert.deepEqual(versions(await node.client.core.v1.pods.list({ namespace: "default" })), before);
  assert.equal((await node.client.core.v1.events.list()).items.length, events);
  const nodeAfter = await node.client.core.v1.nodes.get(nodeName);
  assert.equal(nodeAfter.metadata?.resourceVersion, nodeBefore.metadata?.resourceVersion);
  await pass(70);
  await node.api.settle();
  const reported = await node.client.core.v1.nodes.get(nodeName);
  assert.notEqual(reported.metadata?.resourceVersion, nodeBefore.metadata?.resourceVersion);
  const lease = await node.client.coordination.v1.leases.get(nodeName, { namespace: "kube-node-lease" });
  assert.ok(Number(lease.metadata?.resourceVersion) > Number(reported.metadata?.resourceVersion) - 20);
});

test("a node that is deleted registers itself again, and its lease is the new node's", async (t) => {
  const { node, pass } = await timedNode(t);
  const before = await node.client.core.v1.nodes.get(nodeName);
  await node.client.core.v1.nodes.delete(nodeName);
  await pass(25);
  const now = await eventually(() => node.client.core.v1.nodes.get(nodeName));
  assert.notEqual(now.metadata?.uid, before.metadata?.uid);
  assert.equal(now.status?.conditions?.find(({ type }) => type === "Ready")?.status, "True");
  await eventually(async () => {
    await pass(5);
    const lease = await node.client.coordination.v1.leases.get(nodeName, { namespace: "kube-node-lease" });
    return lease.metadata?.ownerReferences?.[0]?.uid === now.metadata?.uid;
  });
});

test("changes of config maps and secrets reach the files of a running pod within a minute; what is gone stays", async (t) => {
  const { node, pass } = await timedNode(t);
  const { configmaps, secrets } = node.client.core.v1;
  const metadata = { namespace: "default", name: "source" };
  const base64 = (text: string) => Buffer.from(text).toString("base64");
  await configmaps.create({ metadata, data: { key: "old" } });
  await secrets.create({ metadata, data: { key: base64("old") } });
  const pod = await node.create(
    "following",
    {},
    {
      volumes: [
        { name: "c", configMap: { name: "source" } },
        { name: "s", secret: { secretName: "source" } },
      ],
    },
  );
  await node.until("following", isReady);
  const root = join(node.stateDir, "pods", pod.metadata?.uid ?? "", "volumes");
  const files = () => [
    readFileSync(join(root, "configmap/c/key"), "utf8"),
    readFileSync(join(root, "secret/s/key"), "utf8"),
  ];
  assert.deepEqual(files(), ["old", "old"]);
  await node.api.settle();
  await configmaps.patch("source", { data: { key: "new" } }, { namespace: "default" });
  await secrets.patch("source", { data: { key: base64("new") } }, { namespace: "default" });
  await node.api.settle();
  await pass(60);
  await eventually(() => files().join() === "new,new");
  await configmaps.delete("source", { namespace: "default" });
  await node.api.settle();
  await pass(60);
  await node.told("following", 'FailedMount: MountVolume.SetUp failed for volume "c" : configmap "source" not found');
  const [container] = await node.runtime.listContainers();
  await node.runtime.stopContainer(container?.id ?? "", 0);
  await node.until("following", (it) => restarts(it) === 1 && isReady(it));
  assert.deepEqual(files(), ["new", "new"]);
});

test("an image that cannot be had: the error, the back-off, and a start as soon as it is there", async (t) => {
  let isThere = false;
  const image: Image = { id: "app", tags: [], digests: [], sizeBytes: 7 };
  const { node, passUntil } = await timedNode(t, (runtime) =>
    Object.assign(runtime, {
      imageStatus: async () => (isThere ? image : undefined),
      pullImage: async () => {
        if (isThere) return image;
        throw new RuntimeError("ImageNotFound", "no such image: app:1");
      },
    }),
  );
  await node.create("early", { image: "app:1" });
  const waiting = (pod: Pod) => pod.status?.containerStatuses?.[0]?.state?.waiting;
  const failed = await node.until("early", (pod) => waiting(pod)?.reason === "ErrImagePull");
  assert.deepEqual([waiting(failed)?.message, failed.status?.phase], ["no such image: app:1", "Pending"]);
  const heldBack = await passUntil("early", (pod) => waiting(pod)?.reason === "ImagePullBackOff");
  assert.equal(waiting(heldBack)?.message, 'Back-off pulling image "app:1": ErrImagePull: no such image: app:1');
  for (const text of [
    'Pulling: Pulling image "app:1"',
    'Failed: Failed to pull image "app:1": no such image: app:1',
    "Failed: Error: ErrImagePull",
    'BackOff: Back-off pulling image "app:1"',
    "Failed: Error: ImagePullBackOff",
  ])
    await node.told("early", text);
  isThere = true;
  const pod = await passUntil("early", isReady);
  assert.equal(restarts(pod), 0);
});

test("a pod is deleted at once while its image is being pulled", async (t) => {
  const { node } = await timedNode(t, (runtime) =>
    Object.assign(runtime, { imageStatus: async () => undefined, pullImage: () => new Promise<Image>(() => {}) }),
  );
  await node.create("pulling", { image: "app:1" });
  await node.told("pulling", "Pulling");
  await node.delete("pulling");
  await node.untilGone("pulling");
  assert.deepEqual(await node.runtime.listSandboxes(), []);
});

test("a sandbox that cannot be made is tried again, after pauses that grow", async (t) => {
  let tries = 0;
  const { node, pass, passUntil } = await timedNode(t, (runtime) => {
    const runSandbox = runtime.runSandbox.bind(runtime);
    return Object.assign(runtime, {
      runSandbox: (...config: Parameters<Runtime["runSandbox"]>) => {
        tries++;
        if (tries > 4) return runSandbox(...config);
        throw new RuntimeError("StartFailed", "no network");
      },
    });
  });
  await node.create("unlucky", {});
  await node.told("unlucky", "FailedCreatePodSandBox: Failed to create pod sandbox: no network");
  await pass(5);
  assert.ok(tries <= 5, `${tries} tries within 5 s`);
  await passUntil("unlucky", isReady);
});

test("a pod whose volume grows beyond its limit is evicted", async (t) => {
  const { node, passUntil } = await timedNode(t);
  const volumes = [{ name: "small", emptyDir: { sizeLimit: "1Mi" } }];
  const pod = await node.create("growing", {}, { volumes });
  await node.until("growing", isReady);
  const volume = join(node.stateDir, "pods", pod.metadata?.uid ?? "", "volumes/empty-dir/small");
  writeFileSync(join(volume, "big"), Buffer.alloc(2 << 20, 1));
  const { status } = await passUntil("growing", (it) => it.status?.phase === "Failed");
  const message = 'Usage of EmptyDir volume "small" exceeds the limit "1Mi". ';
  assert.deepEqual([status?.reason, status?.message], ["Evicted", message]);
  const disruption = status?.conditions?.find(({ type }) => type === "DisruptionTarget");
  assert.deepEqual([disruption?.status, disruption?.reason], ["True", "TerminationByKubelet"]);
  await node.told("growing", "Evicted: Usage of EmptyDir");
});
