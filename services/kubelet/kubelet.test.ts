import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { eventually } from "../../lib/base/eventually.ts";
import { isReady, TestKubelet } from "./test-kubelet.ts";

let node: TestKubelet;
before(async () => {
  node = await TestKubelet.start();
});
after(() => node.close());

test("a bound pod runs, is ready and says where", async () => {
  await node.create("web", { imagePullPolicy: "IfNotPresent" });
  const { status } = await node.until("web", isReady);
  assert.equal(status?.phase, "Running");
  assert.equal(status?.hostIP, "127.0.0.1");
  assert.match(status?.podIP ?? "", /^127\.98\./);
  const conditions = status?.conditions?.map(({ type, status: value }) => `${type}=${value}`);
  assert.deepEqual(conditions, [
    "PodReadyToStartContainers=True",
    "Initialized=True",
    "Ready=True",
    "ContainersReady=True",
    "PodScheduled=True",
  ]);
  const [container] = status?.containerStatuses ?? [];
  assert.match(container?.containerID ?? "", /^hollow:\/\//);
  assert.deepEqual([container?.ready, container?.started, container?.restartCount], [true, true, 0]);
  assert.deepEqual(
    await eventually(async () => {
      const told = await node.events("web");
      return told.length >= 3 ? told : undefined;
    }),
    [
      'Pulled: Container image "host" already present on machine',
      "Created: Created container: main",
      "Started: Started container main",
    ],
  );
});
