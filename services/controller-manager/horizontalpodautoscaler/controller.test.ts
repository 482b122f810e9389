import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { HorizontalPodAutoscalerSpec } from "../../../gen/typernetes/autoscaling/v2/horizontal_pod_autoscaler.ts";
import { eventually } from "../../../lib/base/eventually.ts";
import { rfc3339 } from "../../../lib/base/rfc3339.ts";
import { SimulatedClock } from "../../../lib/base/simulated-clock.ts";
import { createDeploymentController } from "../deployment/controller.ts";
import { createReplicaSetController } from "../replicaset/controller.ts";
import { eventuallyHolds, startTestCluster } from "../testing/test-cluster.ts";
import { createHorizontalPodAutoscalerController } from "./controller.ts";

const namespace = "default";
const labels = { app: "web" };

/** A deployment with an autoscaler, and pods that use what `load` says, in thousandths of a processor. */
async function start(
  t: TestContext,
  spec: HorizontalPodAutoscalerSpec,
  { replicas = 2, requests = { cpu: "100m" } } = {},
) {
  const clock = new SimulatedClock(Date.now());
  const load = { milli: 50, sidecar: 0 };
  const cluster = await startTestCluster(
    [
      createDeploymentController,
      createReplicaSetController,
      (context) =>
        createHorizontalPodAutoscalerController(context, async (_, labelSelector) => {
          const { items } = await context.client.core.v1.pods.list({ namespace, labelSelector });
          return items.map(({ metadata }) => ({
            metadata,
            timestamp: rfc3339(clock.now()),
            window: "15s",
            containers: [
              { name: "c", usage: { cpu: `${load.milli}m`, memory: "64Mi" } },
              { name: "sidecar", usage: { cpu: `${load.sidecar}m`, memory: "1Mi" } },
            ],
          }));
        }),
    ],
    { clock },
  );
  t.after(() => cluster.close());
  const { client } = cluster;
  const startTime = rfc3339(clock.now() - 600_000);
  cluster.runPods();
  /** Lets the looks that are under way end, so that the next ones have a time, and then time pass. */
  const pass = async (ms: number) => {
    await cluster.settle();
    await clock.advance(ms);
  };
  /** Lets all pods become ready, as old ones. */
  const settlePods = async (count: number) => {
    await eventuallyHolds(async () =>
      assert.equal((await client.apps.v1.deployments.get("web", { namespace })).status?.readyReplicas, count),
    );
    await cluster.settle();
    for (const pod of (await client.core.v1.pods.list({ namespace })).items)
      if (!pod.status?.startTime)
        await client.core.v1.pods.patch(
          pod.metadata?.name ?? "",
          { status: { startTime } },
          { namespace, subresource: "status" },
        );
    await cluster.settle();
  };
  const containers = ["c", "sidecar"].map((name) => ({ name, image: "i", resources: { requests } }));
  await client.apps.v1.deployments.create({
    metadata: { name: "web", namespace },
    spec: { replicas, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers } } },
  });
  await settlePods(replicas);
  const { horizontalpodautoscalers } = client.autoscaling.v2;
  await horizontalpodautoscalers.create({
    metadata: { name: "web", namespace },
    spec: { scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" }, maxReplicas: 10, ...spec },
  });
  const status = async () => (await horizontalpodautoscalers.get("web", { namespace })).status ?? {};
  const size = async () => (await client.apps.v1.deployments.get("web", { namespace })).spec?.replicas;
  return {
    ...{ pass, client, load, status, settlePods },
    sizeIs: (expected: number) => eventuallyHolds(async () => assert.equal(await size(), expected)),
    conditionIs: (type: string, expected: string, reason: string) =>
      eventuallyHolds(async () => {
        const found = (await status()).conditions?.find((condition) => condition.type === type);
        assert.deepEqual([found?.status, found?.reason], [expected, reason]);
      }),
  };
}

const cpuAt = (averageUtilization: number) => [
  { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization } } },
];

test("pods are added when they use more than they should, and taken away when they have used less for five minutes", async (t) => {
  const { pass, load, sizeIs, conditionIs, status, settlePods, client } = await start(t, { metrics: cpuAt(50) });
  await conditionIs("ScalingActive", "True", "ValidMetricFound");
  load.milli = 200;
  await pass(15_000);
  await sizeIs(4);
  await settlePods(4);
  await eventuallyHolds(async () => assert.ok((await status()).lastScaleTime));
  const { currentMetrics } = await status();
  assert.equal(currentMetrics?.[0]?.resource?.current?.averageUtilization, 100);
  const told = await eventually(async () => {
    const { items } = await client.core.v1.events.list({ namespace });
    return items.find(({ reason }) => reason === "SuccessfulRescale");
  });
  assert.equal(told.message, "New size: 4; reason: cpu resource utilization (percentage of request) above target");
  load.milli = 25;
  await pass(15_000);
  await conditionIs("AbleToScale", "True", "ScaleDownStabilized");
  for (let look = 0; look < 4; look++) await pass(60_000);
  await sizeIs(4);
  for (let look = 0; look < 3; look++) await pass(60_000);
  await sizeIs(1);
});

test("a container alone decides where the metric says so, by its own use", async (t) => {
  const source = { name: "cpu", container: "sidecar", target: { type: "AverageValue", averageValue: "10m" } };
  const { load, sizeIs, pass, status } = await start(t, {
    metrics: [{ type: "ContainerResource", containerResource: source }],
  });
  load.sidecar = 20;
  await pass(15_000);
  await sizeIs(4);
  await eventuallyHolds(async () =>
    assert.equal((await status()).currentMetrics?.[0]?.containerResource?.current?.averageValue, "20m"),
  );
});

test("of several metrics the one that wants most decides; where one cannot be read nothing is taken away", async (t) => {
  const broken = {
    type: "Pods",
    pods: { metric: { name: "hits" }, target: { type: "AverageValue", averageValue: "1" } },
  };
  const { load, pass, sizeIs, conditionIs } = await start(t, { metrics: [...cpuAt(50), broken] }, { replicas: 3 });
  load.milli = 5;
  for (let look = 0; look < 3; look++) await pass(150_000);
  await conditionIs("ScalingActive", "False", "FailedGetPodsMetric");
  await sizeIs(3);
  load.milli = 200;
  await pass(15_000);
  await sizeIs(6);
});

test("pods without requests cannot be compared with them", async (t) => {
  const { conditionIs, status } = await start(t, { metrics: cpuAt(50) }, { requests: { cpu: "0" } });
  await conditionIs("ScalingActive", "False", "FailedGetResourceMetric");
  assert.ok((await status()).conditions?.some(({ type }) => type === "AbleToScale"));
});

test("the number is brought within the bounds whatever is measured; zero stays zero", async (t) => {
  const { sizeIs, client, pass, conditionIs } = await start(t, { minReplicas: 4, metrics: cpuAt(50) });
  await sizeIs(4);
  await client.apps.v1.deployments.patch("web", { spec: { replicas: 0 } }, { namespace });
  await pass(15_000);
  await conditionIs("ScalingActive", "False", "ScalingDisabled");
  await sizeIs(0);
});

test("a target that is not there is reported", async (t) => {
  const { conditionIs } = await start(t, {
    scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "gone" },
  });
  await conditionIs("AbleToScale", "False", "FailedGetScale");
});
