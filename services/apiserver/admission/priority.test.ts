import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Client } from "../../../lib/client/client.ts";
import { startTestApiserver, type TestApiserver } from "../test-harness.ts";

const namespace = "default";
let server: TestApiserver;
let client: Client;

before(async () => {
  server = await startTestApiserver();
  client = server.client();
});
after(() => server.close());

const pod = (name: string, spec: object = {}) => ({
  metadata: { name, namespace },
  spec: { containers: [{ name: "c", image: "i" }], ...spec },
});

test("every cluster has the system's classes", async () => {
  const { items } = await client.scheduling.v1.priorityclasses.list();
  assert.deepEqual(
    items.map(({ metadata, value }) => [metadata?.name, value]),
    [
      ["system-cluster-critical", 2_000_000_000],
      ["system-node-critical", 2_000_001_000],
    ],
  );
});

test("a pod has the priority of its class", async () => {
  const { pods } = client.core.v1;
  const plain = await pods.create(pod("plain"));
  assert.deepEqual([plain.spec?.priority, plain.spec?.preemptionPolicy], [0, "PreemptLowerPriority"]);
  await client.scheduling.v1.priorityclasses.create({ metadata: { name: "low" }, value: 5, preemptionPolicy: "Never" });
  const low = await pods.create(pod("low", { priorityClassName: "low" }));
  assert.deepEqual([low.spec?.priority, low.spec?.preemptionPolicy], [5, "Never"]);
  await assert.rejects(pods.create(pod("x", { priorityClassName: "none" })), {
    message: 'pods "x" is forbidden: no PriorityClass with name none was found',
  });
  await assert.rejects(
    pods.create(pod("x", { priority: 7 })),
    /the integer value of priority \(7\) must not be provided in pod spec; priority admission controller computed 0/,
  );
});

test("one class may be the default", async () => {
  const { priorityclasses } = client.scheduling.v1;
  await priorityclasses.create({ metadata: { name: "first" }, value: 3, globalDefault: true });
  await assert.rejects(
    priorityclasses.create({ metadata: { name: "second" }, value: 4, globalDefault: true }),
    /PriorityClass first is already marked as default. Only one default can exist/,
  );
  const created = await client.core.v1.pods.create(pod("defaulted"));
  assert.deepEqual([created.spec?.priority, created.spec?.priorityClassName], [3, "first"]);
});
