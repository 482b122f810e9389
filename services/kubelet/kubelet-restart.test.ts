import assert from "node:assert/strict";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { eventually } from "../../lib/base/eventually.ts";
import { isReady, restarts, shell, TestKubelet } from "./test-kubelet.ts";
import { processMachine } from "./test-process-machine.ts";

let node: TestKubelet;
before(async () => {
  node = await TestKubelet.start({ machine: await processMachine() });
});
after(() => node.close());

test("a restarted kubelet finds its pods, restarts none, and ends those that were deleted meanwhile", async () => {
  await node.create("staying", shell("exec sleep 1000"));
  await node.create("leaving", shell("exec sleep 1000"));
  const before = await node.until("staying", isReady);
  await node.until("leaving", isReady);
  await node.stop();
  await node.delete("leaving");
  await node.create("coming", shell("exec sleep 1000"));
  await node.run();
  await node.until("coming", isReady);
  await node.untilGone("leaving");
  const now = await node.get("staying");
  assert.ok(isReady(now));
  assert.equal(restarts(now), 0, JSON.stringify([now.status, await node.events("staying")]));
  assert.deepEqual(now.status?.containerStatuses?.[0]?.containerID, before.status?.containerStatuses?.[0]?.containerID);
});

test("pods that were force-deleted while the kubelet was away are ended by the next one", async () => {
  const { metadata } = await node.create("orphan", shell("exec sleep 1000"));
  await node.until("orphan", isReady);
  await node.stop();
  await node.delete("orphan", 0);
  await node.run();
  await eventually(async () => (await node.runtime.listSandboxes()).every(({ pod }) => pod.name !== "orphan"));
  await eventually(() => !readdirSync(join(node.stateDir, "pods")).includes(metadata?.uid ?? ""));
});

test("a pod stays ready while its kubelet restarts, although its probe has not yet been asked again", async () => {
  const readinessProbe = { exec: { command: ["true"] }, periodSeconds: 1, initialDelaySeconds: 2, timeoutSeconds: 60 };
  await node.create("serving", shell("exec sleep 1000", { readinessProbe }));
  const before = await node.until("serving", isReady);
  const seen: boolean[] = [];
  const watching = new AbortController();
  const { resourceVersion } = before.metadata ?? {};
  const options = { namespace: "default", fieldSelector: "metadata.name=serving", signal: watching.signal };
  const watch = (async () => {
    for await (const batch of node.client.core.v1.pods.watch({
      ...options,
      ...(resourceVersion && { resourceVersion }),
    }))
      for (const { object } of batch) seen.push(isReady(object));
  })().catch(() => {});
  await node.stop();
  await node.run();
  await node.client.core.v1.pods.patch("serving", { metadata: { labels: { last: "yes" } } }, { namespace: "default" });
  await node.until("serving", (pod) => pod.metadata?.generation !== undefined && isReady(pod));
  await eventually(() => seen.length > 0);
  watching.abort();
  await watch;
  assert.ok(!seen.includes(false), `ready: ${seen}`);
});

test("what ended while no kubelet was there is told by the next, with its exit code and its log", async () => {
  const volumeMounts = [{ name: "data", mountPath: "/data" }];
  const script = "echo done; while [ ! -e /data/end ]; do sleep 0.1; done; touch /data/over; exit 6";
  const spec = { restartPolicy: "Never", volumes: [{ name: "data", emptyDir: {} }] };
  const { metadata } = await node.create("ending", shell(script, { volumeMounts }), spec);
  await node.until("ending", isReady);
  await node.stop();
  const data = join(node.stateDir, "pods", metadata?.uid ?? "", "volumes", "empty-dir", "data");
  writeFileSync(join(data, "end"), "");
  await eventually(() => existsSync(join(data, "over")));
  await node.run();
  const pod = await node.until("ending", ({ status }) => status?.phase === "Failed");
  assert.equal(pod.status?.containerStatuses?.[0]?.state?.terminated?.exitCode, 6);
  assert.equal(await node.logs("ending"), "done\n");
});
