import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { SandboxConfig } from "./runtimes/runtime.ts";
import { hollowMachine, isReady, TestKubelet } from "./test-kubelet.ts";

let node: TestKubelet;
let mapsUsers = false;
const sandboxes = new Map<string, SandboxConfig[]>();

before(async () => {
  const machine = await hollowMachine(undefined, (runtime) => {
    const runSandbox = (config: SandboxConfig) => {
      sandboxes.set(config.pod.name, [...(sandboxes.get(config.pod.name) ?? []), config]);
      return runtime.runSandbox(config);
    };
    return new Proxy(runtime, {
      get(target, key) {
        if (key === "mapsUsers") return mapsUsers;
        if (key === "runSandbox") return runSandbox;
        const value: unknown = Reflect.get(target, key);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
  });
  node = await TestKubelet.start({ machine });
});
after(() => node.close());

test("a pod with users of its own waits where the runtime has none to give, and says so", async () => {
  await node.create("waiting", {}, { hostUsers: false });
  const why = 'Failed to create pod sandbox: RuntimeClass handler "" does not support user namespaces';
  await node.told("waiting", `FailedCreatePodSandBox: ${why}`);
  const { status } = await node.get("waiting");
  assert.deepEqual([status?.phase, sandboxes.get("waiting")], ["Pending", undefined]);
  mapsUsers = true;
  await node.until("waiting", isReady);
});

test("no two pods have the same users, and a pod keeps its own", async () => {
  mapsUsers = true;
  await Promise.all(["one", "two"].map((name) => node.create(name, {}, { hostUsers: false })));
  await node.create("plain", {});
  await Promise.all(["one", "two", "plain"].map((name) => node.until(name, isReady)));
  const users = (name: string) => sandboxes.get(name)?.map(({ userNamespace }) => userNamespace);
  const [one, two] = [users("one")?.[0], users("two")?.[0]];
  assert.equal(one?.length, 65_536);
  assert.ok(one.hostId >= 65_536 && one.hostId % 65_536 === 0, String(one.hostId));
  assert.notEqual(one.hostId, two?.hostId);
  assert.deepEqual(users("plain"), [undefined]);
  const [sandbox] = (await node.runtime.listSandboxes()).filter(({ pod }) => pod.name === "one");
  await node.runtime.stopSandbox(sandbox?.id ?? "");
  await node.told("one", "SandboxChanged");
  await node.until("one", () => users("one")?.length === 2);
  assert.deepEqual(users("one")?.[1], one);
});
