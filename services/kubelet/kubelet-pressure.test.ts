import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { Pod } from "../../gen/typernetes/core/v1/pod.ts";
import { eventually } from "../../lib/base/eventually.ts";
import { SimulatedClock } from "../../lib/base/simulated-clock.ts";
import type { KubeletConfiguration } from "./configuration/kubelet-configuration.ts";
import type { Measurements } from "./eviction/machine.ts";
import type { ContainerStats, Image, Runtime } from "./runtimes/runtime.ts";
import { hollowMachine, isReady, nodeName, TestKubelet } from "./test-kubelet.ts";

const Mi = 2 ** 20;

/** A node whose time and whose machine a test moves; containers use as much memory as their image's name says in Mi. */
async function pressedNode(
  t: TestContext,
  configuration: Partial<KubeletConfiguration> = {},
  change: (runtime: Runtime) => Partial<Runtime> = () => ({}),
) {
  const clock = new SimulatedClock(Date.now());
  const machine = await hollowMachine(clock, (runtime) => {
    const stats = runtime.stats.bind(runtime);
    const use = async (sandboxId?: string): Promise<ContainerStats[]> => {
      const images = new Map((await runtime.listContainers()).map(({ id, image }) => [id, image]));
      return (await stats(sandboxId)).map((each) => {
        return { ...each, memoryWorkingSetBytes: Number(images.get(each.containerId)) * Mi };
      });
    };
    return Object.assign(runtime, { stats: use, ...change(runtime) });
  });
  const measured: Measurements = {};
  const node = await TestKubelet.start({ clock, machine, configuration, measurements: () => ({ ...measured }) });
  t.after(() => node.close());
  /** Moves time on, second by second, until `check` holds. */
  const until = <T>(check: () => Promise<T>) =>
    eventually(async () => {
      await clock.advance(1_000);
      return check();
    }, 60_000);
  const setMemory = (available: number) => {
    measured["memory.available"] = { available: available * Mi, capacity: 4096 * Mi };
  };
  const setDisk = (available: number) => {
    const amount = { available: available * Mi, capacity: 1000 * Mi };
    Object.assign(measured, { "nodefs.available": amount, "imagefs.available": amount });
  };
  return { node, clock, until, setMemory, setDisk };
}

const phase = (pod: Pod) => pod.status?.phase;
const condition = async (node: TestKubelet, type: string) => {
  const { status } = await node.client.core.v1.nodes.get(nodeName);
  return status?.conditions?.find((each) => each.type === type);
};

test("short of memory, a node evicts the pod that is most above what it asked for, and takes no pods without requests", async (t) => {
  // What a pod gives back counts from its end, before anybody is told of it.
  const memory: { set: (available: number) => void } = { set: () => {} };
  const { node, until, setMemory } = await pressedNode(t, {}, (runtime) => {
    const stop = runtime.stopContainer.bind(runtime);
    return {
      stopContainer: async (id, seconds) => {
        await stop(id, seconds);
        memory.set(500);
      },
    };
  });
  memory.set = setMemory;
  setMemory(2000);
  await node.create("modest", { image: "90", resources: { requests: { memory: "100Mi" } } });
  await node.create("greedy", { image: "300", resources: { requests: { memory: "100Mi" } } });
  await node.create("small", { image: "10" });
  for (const name of ["modest", "greedy", "small"]) await node.until(name, isReady);
  setMemory(60);
  await until(async () => phase(await node.get("greedy")) === "Failed");
  const { status } = await node.get("greedy");
  assert.equal(status?.reason, "Evicted");
  assert.equal(
    status?.message,
    "The node was low on resource: memory. Threshold quantity: 100Mi, available: 60Mi. " +
      "Container main was using 300Mi, request is 100Mi, has larger consumption of memory. ",
  );
  const disruption = status?.conditions?.find(({ type }) => type === "DisruptionTarget");
  assert.deepEqual([disruption?.status, disruption?.reason], ["True", "TerminationByKubelet"]);
  await node.told("greedy", "Evicted: The node was low on resource: memory.");
  await node.told(nodeName, "EvictionThresholdMet: Attempting to reclaim memory");
  await until(async () => (await condition(node, "MemoryPressure"))?.status === "True");
  assert.equal((await condition(node, "MemoryPressure"))?.reason, "KubeletHasInsufficientMemory");
  await node.create("late", { image: "1" });
  const late = await until(async () => {
    const pod = await node.get("late");
    return phase(pod) === "Failed" && pod;
  });
  assert.equal(late.status?.reason, "Evicted");
  assert.equal(late.status?.message, "Pod was rejected: The node had condition: [MemoryPressure]. ");
  await node.create("asking", { image: "1", resources: { requests: { memory: "1Mi" } } });
  await until(async () => isReady(await node.get("asking")));
  for (const name of ["modest", "small"]) assert.equal(phase(await node.get(name)), "Running");
  await until(async () => (await condition(node, "MemoryPressure"))?.status === "False");
  await node.create("later", { image: "1" });
  await until(async () => isReady(await node.get("later")));
});

test("a soft threshold waits for its time, and gives pods theirs", async (t) => {
  const graces: number[] = [];
  const { node, clock, until, setMemory } = await pressedNode(
    t,
    {
      evictionHard: {},
      evictionSoft: { "memory.available": "1Gi" },
      evictionSoftGracePeriod: { "memory.available": "2m" },
      evictionMaxPodGracePeriod: 20,
    },
    (runtime) => {
      const stop = runtime.stopContainer.bind(runtime);
      return {
        stopContainer: (id, seconds) => {
          graces.push(seconds);
          return stop(id, seconds);
        },
      };
    },
  );
  setMemory(2000);
  await node.create("large", { image: "300" }, { terminationGracePeriodSeconds: 60 });
  await node.until("large", isReady);
  setMemory(1000);
  const beganMs = clock.now();
  await until(async () => phase(await node.get("large")) === "Failed");
  assert.ok(clock.now() - beganMs >= 120_000);
  assert.equal(graces[0], 20);
});

test("a full disk is first freed of unused images; only then pods go, and critical ones never", async (t) => {
  const removed: string[] = [];
  const images: Image[] = ["old", "1", "2", "kept"].map((id) => {
    return { id, tags: [], digests: [], sizeBytes: 50 * Mi, pinned: id === "kept" };
  });
  const disk: { set: (available: number) => void } = { set: () => {} };
  const { node, until, setDisk } = await pressedNode(t, { imageGCHighThresholdPercent: 99 }, () => ({
    listImages: async () => images.filter(({ id }) => !removed.includes(id)),
    removeImage: async (id) => {
      removed.push(id);
      disk.set(200);
    },
    diskUsage: async () => ({ writableLayerBytes: 5 * Mi, logBytes: Mi }),
  }));
  disk.set = setDisk;
  setDisk(500);
  await node.create("critical", { image: "1" }, { priorityClassName: "system-node-critical" });
  await node.create("plain", { image: "2" });
  for (const name of ["critical", "plain"]) await node.until(name, isReady);
  setDisk(50);
  await until(async () => removed.length > 0);
  assert.deepEqual(removed, ["old"]);
  await until(async () => (await condition(node, "DiskPressure"))?.status === "True");
  assert.equal(phase(await node.get("plain")), "Running");
  setDisk(50);
  await until(async () => phase(await node.get("plain")) === "Failed");
  const { status } = await node.get("plain");
  assert.equal(
    status?.message,
    "The node was low on resource: ephemeral-storage. Threshold quantity: 100Mi, available: 50Mi. " +
      "Container main was using 6Mi, request is 0, has larger consumption of ephemeral-storage. ",
  );
  assert.equal(phase(await node.get("critical")), "Running");
});

test("a disk that fills up is cleared of images, those longest unused first, until the low threshold", async (t) => {
  const removed: string[] = [];
  const images: Image[] = ["first", "second", "1"].map((id) => ({ id, tags: [], digests: [], sizeBytes: 60 * Mi }));
  const { node, until, setDisk } = await pressedNode(t, { evictionHard: {} }, () => ({
    listImages: async () => images.filter(({ id }) => !removed.includes(id)),
    removeImage: async (id) => void removed.push(id),
  }));
  setDisk(500);
  await node.create("user", { image: "1" });
  await node.until("user", isReady);
  setDisk(145);
  await until(async () => removed.length > 0);
  assert.deepEqual(removed, ["first"], "55 Mi too many are gone with it");
  setDisk(30);
  await until(async () => removed.includes("second"));
  await until(async () => (await node.events(nodeName)).some((event) => event.startsWith("FreeDiskSpaceFailed")));
  assert.ok(!removed.includes("1"));
});

test("images that are older than the kubelet go at once from a full disk, those that have just come stay a while", async (t) => {
  const removed: string[] = [];
  const images: Image[] = [];
  const add = (id: string) => images.push({ id, tags: [], digests: [], sizeBytes: 60 * Mi });
  const configuration = { evictionHard: {}, imageMinimumGCAge: "30m0s" };
  const { node, until, setDisk } = await pressedNode(t, configuration, () => ({
    listImages: async () => images.filter(({ id }) => !removed.includes(id)),
    removeImage: async (id) => void removed.push(id),
  }));
  add("new");
  setDisk(30);
  await until(async () => (await node.events(nodeName)).some((event) => event.startsWith("FreeDiskSpaceFailed")));
  assert.equal(removed.length, 0);
  await node.stop();
  await node.run();
  await until(async () => removed.includes("new"));
});
