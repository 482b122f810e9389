import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Client } from "../../../lib/client/client.ts";
import { startTestApiserver, type TestApiserver } from "../test-harness.ts";

const namespace = "default";
const scaleTargetRef = { apiVersion: "apps/v1", kind: "Deployment", name: "web" };
const cpu = (averageUtilization: number) => ({
  type: "Resource",
  resource: { name: "cpu", target: { type: "Utilization", averageUtilization } },
});
const memory = {
  type: "Resource",
  resource: { name: "memory", target: { type: "AverageValue", averageValue: "100Mi" } },
};
let server: TestApiserver;
let client: Client;

before(async () => {
  server = await startTestApiserver();
  client = server.client();
});
after(() => server.close());

test("an autoscaler is one object in both versions", async () => {
  const { v1, v2 } = client.autoscaling;
  const spec = { scaleTargetRef, minReplicas: 2, maxReplicas: 5, targetCPUUtilizationPercentage: 60 };
  const made = await v1.horizontalpodautoscalers.create({ metadata: { name: "old", namespace }, spec });
  assert.equal(made.apiVersion, "autoscaling/v1");
  assert.deepEqual(made.spec, spec);
  const newer = await v2.horizontalpodautoscalers.get("old", { namespace });
  assert.deepEqual(newer.spec?.metrics, [cpu(60)]);
  assert.equal(newer.metadata?.resourceVersion, made.metadata?.resourceVersion);
  const { items } = await v1.horizontalpodautoscalers.list({ namespace });
  assert.deepEqual(items, [await v1.horizontalpodautoscalers.get("old", { namespace })]);
});

test("what the first version has no fields for survives its updates in annotations", async () => {
  const { v1, v2 } = client.autoscaling;
  const policies = [{ type: "Pods", value: 4, periodSeconds: 15 }];
  const behavior = { scaleUp: { stabilizationWindowSeconds: 10, selectPolicy: "Max", policies } };
  const made = await v2.horizontalpodautoscalers.create({
    metadata: { name: "new", namespace },
    spec: { scaleTargetRef, maxReplicas: 5, metrics: [memory, cpu(50)], behavior },
  });
  const seen = await v1.horizontalpodautoscalers.get("new", { namespace });
  assert.equal(seen.spec?.targetCPUUtilizationPercentage, 50);
  const { annotations } = seen.metadata ?? {};
  assert.deepEqual(JSON.parse(annotations?.["autoscaling.alpha.kubernetes.io/metrics"] ?? ""), [
    { type: "Resource", resource: { name: "memory", targetAverageValue: "100Mi" } },
  ]);
  assert.match(annotations?.["autoscaling.alpha.kubernetes.io/behavior"] ?? "", /"ScaleUp":\{.*"PeriodSeconds":15/);
  await v1.horizontalpodautoscalers.patch("new", { spec: { maxReplicas: 7 } }, { namespace });
  const after = await v2.horizontalpodautoscalers.get("new", { namespace });
  assert.deepEqual(after.spec, { ...made.spec, maxReplicas: 7 });
  assert.equal(after.metadata?.annotations, undefined);
  const status = { currentReplicas: 3, desiredReplicas: 3, currentCPUUtilizationPercentage: 42 };
  await v1.horizontalpodautoscalers.updateStatus({ ...seen, metadata: { name: "new", namespace }, status });
  const measured = (await v2.horizontalpodautoscalers.get("new", { namespace })).status;
  assert.equal(measured?.currentMetrics?.[0]?.resource?.current?.averageUtilization, 42);
});

test("an event is one object in both groups, also to watchers", async () => {
  const { core, events } = client;
  const { metadata } = await core.v1.events.list({ namespace });
  const watch = events.v1.events.watch({ namespace, resourceVersion: metadata?.resourceVersion });
  const first = watch[Symbol.asyncIterator]();
  const next = first.next();
  const involvedObject = { kind: "Pod", namespace, name: "p" };
  await core.v1.events.create({
    metadata: { name: "e", namespace },
    involvedObject,
    reason: "Started",
    message: "Started container",
    type: "Normal",
    count: 2,
    source: { component: "kubelet" },
  });
  const seen = await events.v1.events.get("e", { namespace });
  assert.deepEqual([seen.apiVersion, seen.note, seen.deprecatedCount], ["events.k8s.io/v1", "Started container", 2]);
  assert.deepEqual(seen.regarding, involvedObject);
  assert.deepEqual((await next).value?.[0], { type: "ADDED", object: seen });
  await first.return?.();
  await events.v1.events.patch("e", { deprecatedCount: 3 }, { namespace });
  assert.equal((await core.v1.events.get("e", { namespace })).count, 3);
  await events.v1.events.delete("e", { namespace });
  await assert.rejects(core.v1.events.get("e", { namespace }), { reason: "NotFound" });
});

test("an event of the new group says when it happened and who reports it", async () => {
  const { events } = client.events.v1;
  const metadata = { name: "n", namespace };
  const regarding = { kind: "Pod", namespace, name: "p" };
  const reporter = { reportingController: "example.com/c", reportingInstance: "c-1", action: "Bind", reason: "Bound" };
  const event = { metadata, regarding, ...reporter, type: "Normal", note: "said" };
  await assert.rejects(events.create(event), { reason: "Invalid", message: /eventTime: Required value/ });
  await assert.rejects(events.create({ ...event, apiVersion: "v1" }), { reason: "BadRequest" });
  await events.create({ ...event, eventTime: "2026-01-02T03:04:05.000000Z" });
  const stored = await client.core.v1.events.get("n", { namespace });
  assert.deepEqual([stored.message, stored.reportingComponent], ["said", "example.com/c"]);
});
