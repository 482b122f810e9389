import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { MetricSpec } from "../../../gen/typernetes/autoscaling/v2/horizontal_pod_autoscaler.ts";
import { SimulatedClock } from "../../../lib/base/simulated-clock.ts";
import { StatusError } from "../../../lib/base/status-error.ts";
import { createDeploymentController } from "../deployment/controller.ts";
import { createReplicaSetController } from "../replicaset/controller.ts";
import { eventuallyHolds, startTestCluster } from "../testing/test-cluster.ts";
import { createHorizontalPodAutoscalerController } from "./controller.ts";

const namespace = "default";
const labels = { app: "web" };

/** A deployment of two pods with an autoscaler; `answers` are what metrics servers have under paths that begin so. */
async function start(t: TestContext, metrics: MetricSpec[], answers: Record<string, (pods: string[]) => object[]>) {
  const clock = new SimulatedClock(Date.now());
  const asked: string[] = [];
  const cluster = await startTestCluster(
    [
      createDeploymentController,
      createReplicaSetController,
      (context) =>
        createHorizontalPodAutoscalerController(
          context,
          async () => [],
          async (path) => {
            asked.push(decodeURIComponent(path));
            const [, found] = Object.entries(answers).find(([prefix]) => path.startsWith(prefix)) ?? [];
            if (!found) throw new StatusError("NotFound", "the server could not find the requested resource");
            const { items } = await context.client.core.v1.pods.list({ namespace });
            return { items: found(items.map(({ metadata }) => metadata?.name ?? "")) };
          },
        ),
    ],
    { clock },
  );
  t.after(() => cluster.close());
  const { client } = cluster;
  cluster.runPods();
  await client.apps.v1.deployments.create({
    metadata: { name: "web", namespace },
    spec: {
      replicas: 2,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: "c", image: "i" }] } },
    },
  });
  await eventuallyHolds(async () =>
    assert.equal((await client.apps.v1.deployments.get("web", { namespace })).status?.readyReplicas, 2),
  );
  // Who scales while others write tries again only after 15 s, which do not pass here.
  await cluster.settle();
  const { horizontalpodautoscalers } = client.autoscaling.v2;
  await horizontalpodautoscalers.create({
    metadata: { name: "web", namespace },
    spec: { scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" }, maxReplicas: 10, metrics },
  });
  const status = async () => (await horizontalpodautoscalers.get("web", { namespace })).status ?? {};
  return {
    asked,
    status,
    sizeIs: (expected: number) =>
      eventuallyHolds(async () =>
        assert.equal((await client.apps.v1.deployments.get("web", { namespace })).spec?.replicas, expected),
      ),
    activeIs: (expected: string) =>
      eventuallyHolds(async () => {
        const found = (await status()).conditions?.find(({ type }) => type === "ScalingActive");
        assert.equal(`${found?.reason}: ${found?.message}`, expected);
      }),
  };
}

const calculated = "ValidMetricFound: the HPA was able to successfully calculate a replica count from";

test("pods are as many as keep a metric of each of them at its target", async (t) => {
  const metric = { name: "hits", selector: { matchLabels: { verb: "GET" } } };
  const { sizeIs, activeIs, asked, status } = await start(
    t,
    [{ type: "Pods", pods: { metric, target: { type: "AverageValue", averageValue: "10" } } }],
    {
      "/apis/custom.metrics.k8s.io/v1beta2/namespaces/default/pods/": (pods) =>
        pods.map((name) => ({ describedObject: { kind: "Pod", name }, metric, value: "20" })),
    },
  );
  await sizeIs(4);
  await activeIs(`${calculated} pods metric hits`);
  const { currentMetrics } = await status();
  assert.deepEqual(currentMetrics?.[0]?.pods, { metric, current: { averageValue: "20" } });
  assert.equal(
    asked[0],
    "/apis/custom.metrics.k8s.io/v1beta2/namespaces/default/pods/*/hits?labelSelector=app=web&metricLabelSelector=verb=GET",
  );
});

test("pods are as many as bring the metric of another object to its value", async (t) => {
  const describedObject = { apiVersion: "networking.k8s.io/v1", kind: "Ingress", name: "front" };
  const source = { describedObject, metric: { name: "requests" }, target: { type: "Value", value: "2k" } };
  const { sizeIs, activeIs, status } = await start(t, [{ type: "Object", object: source }], {
    // A server that speaks the older version alone.
    "/apis/custom.metrics.k8s.io/v1beta1/namespaces/default/ingresses.networking.k8s.io/front/requests": () => [
      { describedObject, metricName: "requests", value: "5k" },
    ],
  });
  await sizeIs(5);
  await activeIs(`${calculated} Ingress metric requests`);
  assert.equal((await status()).currentMetrics?.[0]?.object?.current?.value, "5k");
});

test("the metric of a namespace is asked for where namespaces have theirs", async (t) => {
  const describedObject = { apiVersion: "v1", kind: "Namespace", name: "default" };
  const target = { type: "AverageValue", averageValue: "3" };
  const { sizeIs, activeIs } = await start(
    t,
    [{ type: "Object", object: { describedObject, metric: { name: "jobs" }, target } }],
    { "/apis/custom.metrics.k8s.io/v1beta2/namespaces/default/metrics/jobs": () => [{ describedObject, value: "8" }] },
  );
  await sizeIs(3);
  await activeIs(`${calculated} external metric jobs(nil)`);
});

test("what is measured outside the cluster is shared out among the pods, all series together", async (t) => {
  const selector = { matchLabels: { queue: "work" } };
  const metric = { name: "queue_length", selector };
  const { sizeIs, activeIs, status, asked } = await start(
    t,
    [{ type: "External", external: { metric, target: { type: "AverageValue", averageValue: "30" } } }],
    {
      "/apis/external.metrics.k8s.io/v1beta1/namespaces/default/queue_length": () => [
        { metricName: "queue_length", value: "100" },
        { metricName: "queue_length", value: "71500m" },
      ],
    },
  );
  await sizeIs(6);
  const shown =
    "&LabelSelector{MatchLabels:map[string]string{queue: work,},MatchExpressions:[]LabelSelectorRequirement{},}";
  await activeIs(`${calculated} external metric queue_length(${shown})`);
  assert.ok((await status()).currentMetrics?.[0]?.external?.current?.averageValue);
  assert.equal(asked[0]?.split("?")[1], "labelSelector=queue=work");
});

test("a metric that nobody serves is told of", async (t) => {
  const target = { type: "Value", value: "1" };
  const { activeIs, sizeIs } = await start(
    t,
    [{ type: "External", external: { metric: { name: "tide" }, target } }],
    {},
  );
  await activeIs(
    "FailedGetExternalMetric: the HPA was unable to compute the replica count: unable to get external metric tide: " +
      "unable to fetch metrics from external metrics API: the server could not find the requested resource (get tide.external.metrics.k8s.io)",
  );
  await sizeIs(2);
});
