import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { Pod } from "../../gen/typernetes/core/v1/pod.ts";
import { eventually } from "../../lib/base/eventually.ts";
import { SimulatedClock } from "../../lib/base/simulated-clock.ts";
import { defaultConfiguration, type KubeletConfiguration } from "./configuration/kubelet-configuration.ts";
import type { Runtime } from "./runtimes/runtime.ts";
import { groupOf, shutdownGroups } from "./shutdown/shutdown-groups.ts";
import { hollowMachine, isReady, nodeName, TestKubelet } from "./test-kubelet.ts";

/** A node whose containers take `endSeconds` to end, by name; `stops` tells which were stopped, with how much time. */
async function nodeToShutDown(t: TestContext, configuration: Partial<KubeletConfiguration>, endSeconds = {}) {
  const clock = new SimulatedClock(Date.now());
  const stops: string[] = [];
  const times: Record<string, number> = endSeconds;
  const machine = await hollowMachine(clock, (runtime: Runtime) => {
    const stop = runtime.stopContainer.bind(runtime);
    const stopContainer = async (id: string, graceSeconds: number) => {
      const { name } = await runtime.containerStatus(id);
      if (graceSeconds !== undefined) stops.push(`${name} ${graceSeconds}`);
      const seconds = Math.min(times[name] ?? 0, graceSeconds ?? 0);
      if (seconds > 0) await clock.sleep(seconds * 1000);
      await stop(id, graceSeconds);
    };
    return Object.assign(runtime, { stopContainer });
  });
  const node = await TestKubelet.start({ clock, machine, configuration });
  t.after(async () => {
    for (const name of Object.keys(times)) delete times[name];
    await node.close();
  });
  const start = async (name: string, grace: number, priorityClassName?: string) => {
    const priority = priorityClassName ? { priorityClassName } : {};
    await node.create(
      name,
      {},
      { containers: [{ name, image: "host" }], terminationGracePeriodSeconds: grace, ...priority },
    );
    await node.until(name, isReady);
  };
  const until = <T>(check: () => Promise<T>) =>
    eventually(async () => {
      await clock.advance(500);
      return check();
    }, 60_000);
  return { node, clock, stops, start, until };
}

test("a node that shuts down ends plain pods, then critical ones, is not ready and takes none in", async (t) => {
  const configuration = { shutdownGracePeriod: "30s", shutdownGracePeriodCriticalPods: "10s" };
  const { node, stops, start, until } = await nodeToShutDown(t, configuration, { slow: 5 });
  await start("critical", 60, "system-node-critical");
  await start("slow", 60);
  await start("quick", 7);
  let isDone = false;
  const done = node.shutDown().then(() => {
    isDone = true;
  });
  // Before any time has passed: theirs could be over before a busy machine has begun to stop them.
  await eventually(() => stops.length >= 2);
  await until(async () => {
    const { status } = await node.client.core.v1.nodes.get(nodeName);
    const ready = status?.conditions?.find(({ type }) => type === "Ready");
    return ready?.status === "False" && ready.message === "node is shutting down" && ready.reason === "KubeletNotReady";
  });
  await node.create("late", {});
  await until(async () => (await node.get("late")).status?.phase === "Failed");
  const late = (await node.get("late")).status;
  assert.equal(late?.reason, "NodeShutdown");
  assert.equal(late?.message, "Pod was rejected: Pod was rejected as the node is shutting down.");
  await until(async () => isDone);
  await done;
  assert.deepEqual(stops.slice(0, 2).sort(), ["quick 7", "slow 20"]);
  assert.deepEqual(stops.slice(2), ["critical 10"]);
  for (const name of ["critical", "slow", "quick"]) {
    await until(async () => (await node.get(name)).status?.phase === "Failed");
    const { status } = await node.get(name);
    assert.equal(status?.reason, "Terminated");
    assert.equal(status?.message, "Pod was terminated in response to imminent node shutdown.");
    const disruption = status?.conditions?.find(({ type }) => type === "DisruptionTarget");
    assert.deepEqual([disruption?.status, disruption?.reason], ["True", "TerminationByKubelet"]);
  }
  await node.told(nodeName, "Shutdown: Shutdown manager detected shutdown event");
});

test("a group that does not end in its time does not hold up the next", async (t) => {
  const groups = [
    { priority: 2_000_000_000, shutdownGracePeriodSeconds: 5 },
    { priority: 0, shutdownGracePeriodSeconds: 10 },
  ];
  const { node, clock, stops, start, until } = await nodeToShutDown(
    t,
    { shutdownGracePeriodByPodPriority: groups },
    { slow: 1000 },
  );
  await start("critical", 60, "system-node-critical");
  await start("slow", 1000);
  const beganMs = clock.now();
  const done = node.shutDown();
  await eventually(() => stops.length > 0);
  await until(async () => stops.length === 2);
  assert.deepEqual(stops, ["slow 10", "critical 5"]);
  assert.ok(clock.now() - beganMs >= 10_000);
  await until(async () => (await node.get("critical")).status?.phase === "Failed");
  await until(async () => (await node.get("slow")).status?.phase === "Failed");
  await done;
});

test("without a time for it nothing is ended", async (t) => {
  const { node, stops, start } = await nodeToShutDown(t, {});
  await start("plain", 5);
  await node.shutDown();
  assert.deepEqual(stops, []);
  assert.equal((await node.get("plain")).status?.phase, "Running");
});

test("pods belong to the highest group that they reach, or to the lowest there is", () => {
  const groups = shutdownGroups({
    ...defaultConfiguration,
    shutdownGracePeriodByPodPriority: [1000, 10, 100].map((priority) => ({ priority, shutdownGracePeriodSeconds: 1 })),
  });
  const priorityOf = (priority: number) => groupOf({ spec: { priority } } satisfies Pod, groups)?.priority;
  assert.deepEqual([5, 10, 99, 100, 5000].map(priorityOf), [10, 10, 10, 100, 1000]);
});
