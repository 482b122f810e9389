import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { eventually } from "../../../lib/base/eventually.ts";
import type { ContainerConfig } from "../runtimes/runtime.ts";
import { hollowMachine, isReady, nodeName, TestKubelet } from "../test-kubelet.ts";
import { TestPlugin } from "./test-plugin.ts";

const resource = "example.com/lamp";
const waitMsMax = 60_000;
const configs = new Map<string, ContainerConfig>();
let node: TestKubelet;
let plugin: TestPlugin;

before(async () => {
  const machine = await hollowMachine(undefined, (runtime) => {
    const create = runtime.createContainer.bind(runtime);
    return Object.assign(runtime, {
      createContainer: (sandbox: string, config: ContainerConfig) => {
        configs.set(config.name, config);
        return create(sandbox, config);
      },
    });
  });
  node = await TestKubelet.start({ machine });
  plugin = new TestPlugin(node.stateDir, resource, { a: true, b: true, c: false });
  await plugin.start();
});
after(async () => {
  await plugin?.close();
  await node?.close();
});

/** Resolves when the node says that it has so many, and so many of use. */
const counted = (capacity: string, usable: string) =>
  eventually(async () => {
    const { status } = await node.client.core.v1.nodes.get(nodeName);
    return status?.capacity?.[resource] === capacity && status.allocatable?.[resource] === usable;
  }, waitMsMax);

const lamps = (count: number) => ({ resources: { limits: { [resource]: String(count) } } });

test("devices of a plugin are the node's to give; a container gets what its plugin says, and asks before each start", async () => {
  await counted("3", "2");
  await node.create("one", { name: "one", ...lamps(1) });
  await node.until("one", isReady);
  assert.deepEqual(plugin.calls, ["allocate b", "start b"]);
  const { env, mounts, devices } = configs.get("one") ?? {};
  assert.ok(env?.some(({ name, value }) => name === "LAMPS" && value === "b"));
  assert.ok(mounts?.some(({ containerPath, readOnly }) => containerPath === "/lamps" && readOnly));
  assert.deepEqual(devices, [{ hostPath: "/dev/full", containerPath: "/dev/lamp", permissions: "rw" }]);
});

test("no two pods have the same device; who asks for more than there are is refused", async () => {
  await node.create("two", {
    name: "two",
    ...lamps(1),
  });
  await node.until("two", isReady);
  assert.ok(configs.get("two")?.env.some(({ name, value }) => name === "LAMPS" && value === "a"));
  await node.create("three", { name: "three", ...lamps(1) });
  const { status } = await node.until("three", (pod) => pod.status?.phase === "Failed");
  assert.equal(status?.reason, `OutOf${resource}`);
});

test("a device that falls ill is given to nobody, and one whose pod has gone to the next", async () => {
  plugin.tell({ a: true, b: false, c: true });
  await counted("3", "2");
  await node.delete("two");
  await node.untilGone("two");
  await node.create("four", { name: "four", ...lamps(1) });
  await node.until("four", isReady);
  const four = configs.get("four")?.env.find(({ name }) => name === "LAMPS")?.value;
  assert.ok(four === "a" || four === "c", four);
});

test("another kubelet knows who has which device; plugins register again, and those of another version are refused", async () => {
  const { registrations } = plugin;
  await node.stop();
  await node.run();
  await eventually(() => plugin.registrations > registrations, waitMsMax);
  await counted("3", "2");
  const before = plugin.calls.length;
  const container = (await node.runtime.listContainers()).find(({ name }) => name === "one");
  await node.runtime.stopContainer(container?.id ?? "", 0);
  await node.until("one", (pod) => isReady(pod) && pod.status?.containerStatuses?.[0]?.restartCount === 1);
  assert.deepEqual(plugin.calls.slice(before), ["start b"]);
  await assert.rejects(plugin.register("v1alpha1"), /requested API version "v1alpha1" is not supported by kubelet/);
});

test("a plugin that has gone leaves its resource, with nothing to give", async () => {
  await plugin.close();
  await counted("3", "0");
});
