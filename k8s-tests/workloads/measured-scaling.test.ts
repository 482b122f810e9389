import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import type { HorizontalPodAutoscaler } from "../../clients/sdk/index.ts";
import { MetricsAdapter } from "../support/metrics-adapter.ts";
import { conditionOf, isReady, template } from "../support/pods.ts";
import { sharedCluster } from "../support/shared-cluster.ts";
import type { Space } from "../support/space.ts";

type AutoscalerSpec = NonNullable<HorizontalPodAutoscaler["spec"]>;
type MetricSpec = NonNullable<AutoscalerSpec["metrics"]>[number];

const labels = { app: "web" };

describe("autoscalers and the metrics that another server measures", { concurrency: 8 }, () => {
  let adapter: MetricsAdapter;
  after(() => adapter?.stop());
  const cluster = sharedCluster(["--runtime", "hollow"], async ({ client }) => {
    adapter = await MetricsAdapter.start(client);
  });
  const deployments = () => cluster.client.apps.v1.deployments;
  const autoscalers = () => cluster.client.autoscaling.v2.horizontalpodautoscalers;

  /** A deployment of this size, and its autoscaler. */
  async function scaled(
    space: Space,
    replicas: number,
    metrics: MetricSpec[],
    spec: Partial<AutoscalerSpec> = {},
  ): Promise<void> {
    const pod = template(labels, { containers: [{ name: "main", image: "any" }] });
    await space.create(deployments(), {
      metadata: { name: "web" },
      spec: { replicas, selector: { matchLabels: labels }, template: pod },
    });
    await space.until("they are ready", cluster.client.core.v1.pods, (all) => all.filter(isReady).length === replicas);
    await space.create(autoscalers(), {
      metadata: { name: "web" },
      spec: {
        scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" },
        ...{ maxReplicas: 6, metrics, behavior: { scaleDown: { stabilizationWindowSeconds: 0 } } },
        ...spec,
      },
    });
  }

  /** Ready, and told of by the autoscaler. */
  async function untilSize(space: Space, size: number): Promise<NonNullable<HorizontalPodAutoscaler["status"]>> {
    await space.untilOne(
      `${size} are ready`,
      deployments(),
      "web",
      (it) => it?.spec?.replicas === size && (it.status?.readyReplicas ?? 0) === size,
    );
    const { status } = await space.untilOne(
      "the autoscaler tells",
      autoscalers(),
      "web",
      (it) => it?.status?.desiredReplicas === size && it.status.currentReplicas === size && it,
    );
    return status ?? {};
  }

  /** Autoscalers look at once when they are changed, else every 15 s. */
  const look = (space: Space, maxReplicas: number) => space.patch(autoscalers(), "web", { spec: { maxReplicas } });

  const untilActive = (space: Space, reason: string) =>
    space.untilOne(`it is active: ${reason}`, autoscalers(), "web", (it) => {
      const active = conditionOf(it, "ScalingActive");
      return active?.reason === reason && active;
    });

  test("pods are as many as a metric of each of them asks for, up and down", async () => {
    const space = await cluster.space("pods");
    adapter.values.set("hits", "25");
    const metric = { name: "hits", selector: { matchLabels: { verb: "GET" } } };
    await scaled(space, 1, [{ type: "Pods", pods: { metric, target: { type: "AverageValue", averageValue: "10" } } }]);
    const { currentMetrics } = await untilSize(space, 3);
    assert.equal(currentMetrics?.[0]?.pods?.metric?.name, "hits");
    await space.untilEvent({
      of: "web",
      reason: "SuccessfulRescale",
      message: "New size: 3; reason: pods metric hits above target",
    });
    const asked = adapter.requests.find(({ namespace }) => namespace === space.namespace);
    assert.deepEqual(
      [asked?.object, asked?.labelSelector, asked?.metricLabelSelector],
      ["pods/*", "app=web", "verb=GET"],
    );
    assert.match(asked?.user ?? "", /^system:/);
    adapter.values.set("hits", "3");
    await look(space, 7);
    await untilSize(space, 1);
    await space.untilEvent({
      of: "web",
      reason: "SuccessfulRescale",
      message: "New size: 1; reason: All metrics below target",
    });
  });

  test("pods are as many as work outside the cluster asks for, up to the most that there may be", async () => {
    const space = await cluster.space("external");
    adapter.values.set("queue", "7.5");
    const target = { type: "AverageValue", averageValue: "2" };
    await scaled(space, 1, [{ type: "External", external: { metric: { name: "queue" }, target } }]);
    const { currentMetrics } = await untilSize(space, 4);
    assert.equal(currentMetrics?.[0]?.external?.metric?.name, "queue");
    adapter.values.set("queue", "100");
    await look(space, 5);
    await untilSize(space, 5);
    const limited = conditionOf(await space.get(autoscalers(), "web"), "ScalingLimited");
    assert.deepEqual([limited?.status, limited?.reason], ["True", "TooManyReplicas"]);
  });

  test("pods are as many as the metric of an object asks for; nothing changes while it cannot be read", async () => {
    const space = await cluster.space("object");
    adapter.values.set("sessions", "250");
    const target = { type: "AverageValue", averageValue: "50" };
    const describedObject = { apiVersion: "v1", kind: "Service", name: "front" };
    const object = { describedObject, metric: { name: "sessions" }, target };
    await scaled(space, 2, [{ type: "Object", object }]);
    await untilSize(space, 5);
    assert.ok(adapter.requests.some(({ object }) => object === "services/front"));
    assert.equal((await untilActive(space, "ValidMetricFound")).status, "True");
    adapter.values.delete("sessions");
    await look(space, 9);
    const lost = await untilActive(space, "FailedGetObjectMetric");
    assert.equal(lost.status, "False");
    assert.match(
      lost.message ?? "",
      /unable to fetch metrics from custom metrics API: .*could not find the metric sessions/,
    );
    assert.equal((await space.get(deployments(), "web")).spec?.replicas, 5);
  });

  test("the metric that asks for most decides; one that cannot be read lets pods be added, and none be taken", async () => {
    const space = await cluster.space("several");
    adapter.values.set("low", "1").set("high", "6");
    const external = (name: string): MetricSpec => ({
      type: "External",
      external: { metric: { name }, target: { type: "AverageValue", averageValue: "2" } },
    });
    await scaled(space, 2, [external("low"), external("high")]);
    await untilSize(space, 3);
    adapter.values.delete("low");
    adapter.values.set("high", "8");
    await look(space, 7);
    await untilSize(space, 4);
    adapter.values.set("high", "2");
    await look(space, 8);
    await untilActive(space, "FailedGetExternalMetric");
    assert.equal((await space.get(deployments(), "web")).spec?.replicas, 4);
  });

  test("an autoscaler asks for one pod at least, and rests while its target has none", async () => {
    const space = await cluster.space("zero");
    adapter.values.set("jobs", "9");
    const target = { type: "AverageValue", averageValue: "3" };
    const metrics = [{ type: "External", external: { metric: { name: "jobs" }, target } }];
    await assert.rejects(
      scaled(space, 0, metrics, { minReplicas: 0 }),
      /spec\.minReplicas: Invalid value: 0: must be greater than or equal to 1/,
    );
    await space.create(autoscalers(), {
      metadata: { name: "web" },
      spec: { scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" }, maxReplicas: 6, metrics },
    });
    const disabled = await untilActive(space, "ScalingDisabled");
    assert.deepEqual(
      [disabled.status, disabled.message],
      ["False", "scaling is disabled since the replica count of the target is zero"],
    );
    await space.patch(deployments(), "web", { spec: { replicas: 1 } });
    await space.until("it is ready", cluster.client.core.v1.pods, (all) => all.length === 1 && all.every(isReady));
    await look(space, 7);
    await untilSize(space, 3);
  });
});
