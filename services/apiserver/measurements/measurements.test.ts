import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { KubeletServiceDefinition } from "../../../gen/typernetes/kubelet/v1/kubelet.ts";
import type { Clock } from "../../../lib/base/clock.ts";
import { SimulatedClock } from "../../../lib/base/simulated-clock.ts";
import { inProcessTransport } from "../../../lib/grpc/in-process.ts";
import { Router } from "../../../lib/grpc/router.ts";
import { startTestApiserver } from "../test-harness.ts";
import { UsageSamples } from "./usage-samples.ts";

const namespace = "default";

/** A server with one node, which runs one pod whose container uses a quarter of a processor. */
async function start(t: TestContext) {
  let uid = "";
  const usage = () => {
    const now = Date.now();
    return {
      time: new Date(now).toISOString(),
      cpuUsageNanoSeconds: now * 250_000,
      memoryUsageBytes: 2 ** 21,
      memoryWorkingSetBytes: 2 ** 20,
    };
  };
  const kubelet = new Router().add(KubeletServiceDefinition, {
    stats: async () => ({
      node: { nodeName: "n1", usage: usage() },
      pods: [{ namespace, name: "web", uid, containers: [{ name: "c", usage: usage() }] }],
    }),
  });
  const identity = { user: "kube-apiserver-kubelet-client", groups: ["system:masters"] };
  const server = await startTestApiserver({ kubeletTransport: async () => inProcessTransport(kubelet, identity) });
  t.after(() => server.close());
  const client = server.client();
  await client.core.v1.nodes.create({ metadata: { name: "n1" } });
  const pod = await client.core.v1.pods.create({
    metadata: { name: "web", namespace, labels: { app: "web" } },
    spec: { nodeName: "n1", containers: [{ name: "c", image: "i" }] },
  });
  uid = pod.metadata?.uid ?? "";
  await client.core.v1.pods.updateStatus({ ...pod, status: { phase: "Running" } });
  return client.metrics.v1beta1;
}

test("pods and nodes tell what they use, averaged over the time between two looks", async (t) => {
  const { pods, nodes } = await start(t);
  const pod = await pods.get("web", { namespace });
  assert.equal(pod.containers?.[0]?.name, "c");
  assert.match(pod.containers?.[0]?.usage?.["cpu"] ?? "", /^2(50m|49|5)/);
  assert.equal(pod.containers?.[0]?.usage?.["memory"], "1Mi");
  assert.equal((await pods.list({ namespace, labelSelector: "app=web" })).items.length, 1);
  assert.equal((await pods.list({ namespace, labelSelector: "app=db" })).items.length, 0);
  const { items } = await nodes.list();
  assert.deepEqual(
    items.map(({ metadata, usage }) => [metadata?.name, usage?.["memory"]]),
    [["n1", "1Mi"]],
  );
  await assert.rejects(pods.get("db", { namespace }), {
    reason: "NotFound",
    message: 'podmetrics.metrics.k8s.io "default/db" not found',
  });
});

test("the average is taken over ten seconds where there are samples", async () => {
  const clock = new SimulatedClock();
  let cpuUsageNanoSeconds = 0;
  const samples = new UsageSamples(clock, async () => {
    const usage = { time: new Date(clock.now()).toISOString(), cpuUsageNanoSeconds };
    return { node: { usage }, pods: [] };
  });
  const { signal } = new AbortController();
  const first = samples.measure(signal);
  await clock.advance(1_000);
  assert.deepEqual([(await first).node?.windowMs, (await first).node?.cpuNanoCores], [1_000, 0]);
  await clock.advance(14_000);
  cpuUsageNanoSeconds = 7_000_000_000;
  const second = await samples.measure(signal);
  assert.deepEqual([second.node?.windowMs, second.node?.cpuNanoCores], [14_000, 500_000_000]);
});

test("two samples are taken also when the time between them ends a moment early", async () => {
  const clock = new SimulatedClock();
  const hasty: Clock = {
    now: () => clock.now(),
    monotonic: () => clock.monotonic(),
    schedule: (ms, callback) => clock.schedule(ms, callback),
    sleep: (ms, signal) => clock.sleep(ms - 0.5, signal),
  };
  const samples = new UsageSamples(hasty, async () => {
    const usage = { time: new Date(clock.now()).toISOString(), cpuUsageNanoSeconds: 0 };
    return { node: { usage }, pods: [] };
  });
  const measured = samples.measure(new AbortController().signal);
  await clock.advance(1_000);
  assert.equal((await measured).node?.windowMs, 999);
});
