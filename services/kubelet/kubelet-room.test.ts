import assert from "node:assert/strict";
import { availableParallelism } from "node:os";
import { type TestContext, test } from "node:test";
import type { Pod } from "../../gen/typernetes/core/v1/pod.ts";
import { eventually } from "../../lib/base/eventually.ts";
import { SimulatedClock } from "../../lib/base/simulated-clock.ts";
import type { Runtime } from "./runtimes/runtime.ts";
import { hollowMachine, isReady, nodeName, restarts, TestKubelet } from "./test-kubelet.ts";

const coresMilli = availableParallelism() * 1000;
const waitMsMax = 60_000;

async function roomyNode(t: TestContext, change: (runtime: Runtime) => Partial<Runtime> = () => ({})) {
  const clock = new SimulatedClock(Date.now());
  const machine = await hollowMachine(clock, (runtime) => Object.assign(runtime, change(runtime)));
  const node = await TestKubelet.start({ clock, machine });
  t.after(() => node.close());
  const start = async (name: string, milli: number, priorityClassName?: string) => {
    const resources = { requests: { cpu: `${milli}m` } };
    await node.create(name, { resources }, priorityClassName ? { priorityClassName } : {});
    await node.until(name, isReady);
  };
  const resize = (name: string, milli: number) => {
    const spec = { containers: [{ name: "main", resources: { requests: { cpu: `${milli}m` } } }] };
    return node.client.core.v1.pods.patch(name, { spec }, { namespace: "default", subresource: "resize" });
  };
  const until = (name: string, check: (pod: Pod) => boolean) =>
    eventually(async () => {
      await clock.advance(1_000);
      const pod = await node.get(name);
      return check(pod) && pod;
    }, waitMsMax);
  return { node, clock, start, resize, until };
}

const pending = ({ status }: Pod) => status?.conditions?.find(({ type }) => type === "PodResizePending");
const has = ({ status }: Pod) => status?.containerStatuses?.[0]?.resources?.requests?.["cpu"];
const milliText = (milli: number) => (milli % 1000 === 0 ? String(milli / 1000) : `${milli}m`);

test("a pod that wants more than there is waits until there is room; the more important one gets it first", async (t) => {
  const { node, start, resize, until } = await roomyNode(t);
  const held = coresMilli - 500;
  await start("holder", held);
  await start("low", 100);
  await start("high", 100, "system-node-critical");
  await resize("low", 450);
  const low = await until("low", (pod) => pending(pod)?.reason === "Deferred");
  const used = held + 100;
  assert.equal(
    pending(low)?.message,
    `Node didn't have enough resource: cpu, requested: 450, used: ${used}, capacity: ${coresMilli}`,
  );
  assert.equal(has(low), "100m");
  await resize("high", 450);
  await until("high", (pod) => pending(pod)?.reason === "Deferred");
  await resize("holder", held - 350);
  await until("high", (pod) => has(pod) === "450m" && !pending(pod));
  await until("holder", (pod) => has(pod) === milliText(held - 350));
  assert.equal(pending(await node.get("low"))?.reason, "Deferred");
  await node.delete("holder", 0);
  await until("low", (pod) => has(pod) === "450m" && !pending(pod));
  for (const name of ["low", "high"]) assert.equal(restarts(await node.get(name)), 0);
});

test("what the node never has is infeasible, and what is asked for less again is no more pending", async (t) => {
  const { start, resize, until } = await roomyNode(t);
  await start("pod", 100);
  await resize("pod", coresMilli + 100);
  const pod = await until("pod", (it) => pending(it)?.reason === "Infeasible");
  const message = `Node didn't have enough capacity: cpu, requested: ${coresMilli + 100}, capacity: ${coresMilli}`;
  assert.equal(pending(pod)?.message, message);
  await resize("pod", 100);
  await until("pod", (it) => !pending(it));
});

test("a container that starts again while its pod waits for room has the size it had", async (t) => {
  const shares: (number | undefined)[] = [];
  const { node, start, resize, until } = await roomyNode(t, (runtime) => {
    const create = runtime.createContainer.bind(runtime);
    return {
      createContainer: (sandbox, config) => {
        if (config.name === "main") shares.push(config.resources.cpuShares);
        return create(sandbox, config);
      },
    };
  });
  await start("waiting", 500);
  await start("holder", coresMilli - 500);
  await resize("waiting", coresMilli);
  await until("waiting", (pod) => pending(pod)?.reason === "Deferred");
  const uid = (await node.get("waiting")).metadata?.uid;
  const sandbox = (await node.runtime.listSandboxes()).find(({ pod }) => pod.uid === uid);
  const [container] = await node.runtime.listContainers(sandbox?.id);
  await node.runtime.stopContainer(container?.id ?? "", 0);
  await until("waiting", (pod) => restarts(pod) === 1 && isReady(pod));
  assert.equal(shares.at(-1), 512);
  assert.equal(pending(await node.get("waiting"))?.reason, "Deferred");
});

test("who comes in the stead of a pod that the server has no more finds room, though that one still ends", async (t) => {
  let letEnd = () => {};
  const mayEnd = new Promise<void>((resolve) => {
    letEnd = resolve;
  });
  // Before the node closes, which waits for what is being stopped.
  t.after(letEnd);
  const { node, start, until } = await roomyNode(t, (runtime) => {
    const stop = runtime.stopContainer.bind(runtime);
    return { stopContainer: (id, seconds) => mayEnd.then(() => stop(id, seconds)) };
  });
  await start("first", coresMilli - 500);
  await node.delete("first", 0);
  await node.create("second", { resources: { requests: { cpu: `${coresMilli - 500}m` } } });
  const second = await until("second", (pod) => isReady(pod) || pod.status?.phase === "Failed");
  assert.equal(second.status?.phase, "Running");
});

test("who comes to a full node without being scheduled is refused, for want of processors or of memory", async (t) => {
  const { node, start, until } = await roomyNode(t);
  await start("first", coresMilli - 500);
  const refused = async (name: string, requests: Record<string, string>) => {
    await node.create(name, { resources: { requests } });
    const { status } = await until(name, (pod) => pod.status?.phase === "Failed");
    return status;
  };
  const used = coresMilli - 500;
  const status = await refused("second", { cpu: "600m" });
  assert.equal(status?.reason, "OutOfcpu");
  const why = `Node didn't have enough resource: cpu, requested: 600, used: ${used}, capacity: ${coresMilli}`;
  assert.equal(status?.message, `Pod was rejected: ${why}`);
  assert.equal((await refused("third", { memory: "9Ti" }))?.reason, "OutOfmemory");
  await start("fourth", 500);
});

test("disk and devices are promised only once; devices that nobody counts here are another's concern", async (t) => {
  const { node, clock, until } = await roomyNode(t);
  const create = (name: string, amounts: Record<string, string>) =>
    node.create(name, { resources: { requests: amounts, limits: amounts } });
  const failed = async (name: string) => (await until(name, ({ status }) => status?.phase === "Failed")).status;
  await create("large", { "ephemeral-storage": "9Pi" });
  assert.equal((await failed("large"))?.reason, "OutOfephemeral-storage");
  await create("uncounted", { "example.com/lamp": "5" });
  await until("uncounted", isReady);
  await node.client.core.v1.nodes.patch(
    nodeName,
    { status: { capacity: { "example.com/lamp": "6" } } },
    { subresource: "status" },
  );
  await eventually(async () => {
    await clock.advance(10_000);
    const { status } = await node.client.core.v1.nodes.get(nodeName);
    return status?.allocatable?.["example.com/lamp"] === "6";
  }, waitMsMax);
  await create("lamps", { "example.com/lamp": "2" });
  const { message, reason } = (await failed("lamps")) ?? {};
  assert.equal(reason, "OutOfexample.com/lamp");
  const why = "Node didn't have enough resource: example.com/lamp, requested: 2, used: 5, capacity: 6";
  assert.equal(message, `Pod was rejected: ${why}`);
});

test("for a critical pod those go that the node can do without, no more of them than it takes", async (t) => {
  const { node, start, until } = await roomyNode(t);
  await start("small", 100);
  await start("right", coresMilli - 500);
  await start("critical", 100, "system-cluster-critical");
  const requests = { cpu: `${coresMilli - 400}m` };
  await node.create("newcomer", { resources: { requests } }, { priorityClassName: "system-node-critical" });
  await until("newcomer", isReady);
  const { status } = await until("right", (pod) => pod.status?.phase === "Failed");
  const message = "Preempted in order to admit critical pod";
  assert.deepEqual([status?.reason, status?.message], ["Preempting", message]);
  const disruption = status?.conditions?.find(({ type }) => type === "DisruptionTarget");
  assert.equal(disruption?.message, "Pod was preempted by Kubelet to accommodate a critical pod.");
  await node.told("right", `Preempting: ${message}`);
  assert.equal(isReady(await node.get("small")), true);
  await node.create("too-much", { resources: { requests } }, { priorityClassName: "system-node-critical" });
  const refused = await until("too-much", (pod) => pod.status?.phase === "Failed");
  assert.equal(refused.status?.reason, "UnexpectedAdmissionError");
  assert.match(
    refused.status?.message ?? "",
    /no set of running pods found to reclaim resources: \[\(res: cpu, q: \d+\), \]$/,
  );
  assert.equal(isReady(await node.get("small")), true);
});
