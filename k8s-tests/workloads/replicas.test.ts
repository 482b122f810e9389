import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type HorizontalPodAutoscaler, type ReplicationController, retryOnConflict } from "../../clients/sdk/index.ts";
import { conditionOf, isReady, running, sleeping, template, versioned } from "../support/pods.ts";
import { sharedCluster } from "../support/shared-cluster.ts";
import type { Space } from "../support/space.ts";

const labels = { app: "web" };

const controller = (spec: ReplicationController["spec"] = {}): ReplicationController => ({
  metadata: { name: "web" },
  spec: { replicas: 2, selector: labels, template: template(labels, sleeping()), ...spec },
});

describe("replication controllers, autoscalers and the collection of pods", { concurrency: 8 }, () => {
  const cluster = sharedCluster([]);
  const controllers = () => cluster.client.core.v1.replicationcontrollers;
  const pods = () => cluster.client.core.v1.pods;
  const deployments = () => cluster.client.apps.v1.deployments;
  const autoscalers = () => cluster.client.autoscaling.v2.horizontalpodautoscalers;

  const untilReady = (space: Space, count: number) =>
    space.until(`${count} are ready`, pods(), (all) => all.length === count && all.every(isReady) && all);

  test("a replication controller keeps its number of pods, up and down", async () => {
    const space = await cluster.space("keeps");
    await space.create(controllers(), controller());
    const [first] = await untilReady(space, 2);
    await space.delete(pods(), first?.metadata?.name ?? "");
    await space.until(
      "another has taken its place",
      pods(),
      (all) => all.length === 2 && all.every((pod) => isReady(pod) && pod.metadata?.uid !== first?.metadata?.uid),
    );
    await retryOnConflict(async () => {
      const scale = await controllers().getScale("web", { namespace: space.namespace });
      await controllers().updateScale({ ...scale, spec: { replicas: 1 } });
    });
    const [left] = await untilReady(space, 1);
    const { status } = await space.untilOne(
      "the status tells",
      controllers(),
      "web",
      (it) => it?.status?.replicas === 1 && it.status.availableReplicas === 1 && it,
    );
    assert.deepEqual([status?.readyReplicas, status?.fullyLabeledReplicas], [1, 1]);
    await space.untilEvent({ of: "web", reason: "SuccessfulCreate", message: `Created pod: ${left?.metadata?.name}` });
    await space.untilEvent({ of: "web", reason: "SuccessfulDelete", message: /^Deleted pod: web-\w{5}$/ });
  });

  test("a replication controller adopts pods that match, and lets go of those that match no more", async () => {
    const space = await cluster.space("adopts");
    await space.create(pods(), { metadata: { name: "orphan", labels }, spec: sleeping() });
    await space.create(controllers(), controller({ replicas: 1 }));
    const adopted = await space.untilOne(
      "it is adopted",
      pods(),
      "orphan",
      (pod) => pod?.metadata?.ownerReferences?.length === 1 && pod,
    );
    assert.deepEqual(
      adopted.metadata?.ownerReferences?.map(({ kind, name, controller }) => [kind, name, controller]),
      [["ReplicationController", "web", true]],
    );
    await space.patch(pods(), "orphan", { metadata: { labels: { app: "other" } } });
    await space.untilOne("it is let go", pods(), "orphan", (pod) => pod?.metadata?.ownerReferences === undefined);
    await space.until("another takes its place", pods(), (all) => all.length === 2 && all.every(isReady));
  });

  test("a replication controller tells why it cannot make pods", async () => {
    const space = await cluster.space("failure");
    await space.create(cluster.client.core.v1.resourcequotas, {
      metadata: { name: "none" },
      spec: { hard: { pods: "0" } },
    });
    await space.untilOne(
      "the quota counts",
      cluster.client.core.v1.resourcequotas,
      "none",
      (it) => it?.status?.used !== undefined,
    );
    await space.create(controllers(), controller({ replicas: 1 }));
    const found = await space.untilOne("the status tells", controllers(), "web", (it) =>
      conditionOf(it, "ReplicaFailure"),
    );
    assert.deepEqual([found.status, found.reason], ["True", "FailedCreate"]);
    assert.match(
      found.message ?? "",
      /^pods "web-\w{5}" is forbidden: exceeded quota: none, requested: pods=1, used: pods=0, limited: pods=0$/,
    );
    await space.untilEvent({
      of: "web",
      type: "Warning",
      reason: "FailedCreate",
      message: /^Error creating: pods "web-\w{5}" is forbidden/,
    });
    await space.delete(cluster.client.core.v1.resourcequotas, "none");
    await space.patch(controllers(), "web", { metadata: { labels: { touched: "yes" } } });
    await untilReady(space, 1);
    await space.untilOne("the condition goes", controllers(), "web", (it) => !conditionOf(it, "ReplicaFailure"));
  });

  test("pods of a deleted replication controller go, or stay when they are to be orphaned", async () => {
    const space = await cluster.space("deleted");
    const { namespace } = space;
    await space.create(controllers(), controller({ replicas: 1 }));
    const [pod] = await untilReady(space, 1);
    await controllers().delete("web", { namespace, propagationPolicy: "Orphan" });
    await space.untilGone(controllers(), "web");
    await space.untilOne(
      "it has no owner",
      pods(),
      pod?.metadata?.name ?? "",
      (it) => it && !it.metadata?.ownerReferences,
    );
    await space.create(controllers(), controller({ replicas: 1 }));
    await space.untilOne(
      "it is adopted",
      pods(),
      pod?.metadata?.name ?? "",
      (it) => it?.metadata?.ownerReferences?.length === 1,
    );
    await controllers().delete("web", { namespace, propagationPolicy: "Background" });
    await space.until("the pods have gone", pods(), (all) => all.length === 0);
  });

  // Where others are busy, too, a pod that asks for little gets little: what is enough to be added to is less still.

  /** A deployment of pods that are busy until they are told to rest, and its autoscaler. */
  async function busyDeployment(space: Space, spec: Partial<HorizontalPodAutoscaler["spec"]>): Promise<void> {
    const busy = "until test -e /tmp/rest; do :; done; exec sleep 100000";
    const [main] = running(busy).containers ?? [];
    const resources = { requests: { cpu: "20m", memory: "16Mi" }, limits: { cpu: "60m" } };
    await space.create(deployments(), {
      metadata: { name: "busy" },
      spec: {
        replicas: 1,
        selector: { matchLabels: labels },
        template: template(labels, { ...running(busy), containers: [{ ...main, resources }] }),
      },
    });
    await space.create(autoscalers(), {
      metadata: { name: "busy" },
      spec: {
        scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "busy" },
        maxReplicas: 2,
        behavior: { scaleDown: { stabilizationWindowSeconds: 0 } },
        ...spec,
      },
    });
  }

  const untilSize = (space: Space, size: number) =>
    space.untilOne(`the size is ${size}`, deployments(), "busy", (it) => it?.spec?.replicas === size);

  test("an autoscaler follows the real load of processors, up and down", async () => {
    const space = await cluster.space("load");
    const target = { type: "Utilization", averageUtilization: 10 };
    await busyDeployment(space, { metrics: [{ type: "Resource", resource: { name: "cpu", target } }] });
    await untilSize(space, 2);
    await space.untilEvent({
      of: "busy",
      reason: "SuccessfulRescale",
      message: "New size: 2; reason: cpu resource utilization (percentage of request) above target",
    });
    const found = await space.untilOne(
      "the status tells",
      autoscalers(),
      "busy",
      (it) => it?.status?.currentReplicas === 2 && it,
    );
    const [metric] = found.status?.currentMetrics ?? [];
    assert.equal(metric?.resource?.name, "cpu");
    assert.ok((metric?.resource?.current?.averageUtilization ?? 0) > 10);
    const active = conditionOf(found, "ScalingActive");
    assert.deepEqual([active?.status, active?.reason], ["True", "ValidMetricFound"]);
    const limited = conditionOf(found, "ScalingLimited");
    assert.deepEqual(
      [limited?.status, limited?.reason, limited?.message],
      ["True", "TooManyReplicas", "the desired replica count is more than the maximum replica count"],
    );
    for (const { metadata } of await untilReady(space, 2))
      await cluster.typectl("exec", metadata?.name ?? "", "-n", space.namespace, "--", "touch", "/tmp/rest");
    await untilSize(space, 1);
    await space.untilEvent({
      of: "busy",
      reason: "SuccessfulRescale",
      message: "New size: 1; reason: All metrics below target",
    });
  });

  test("an autoscaler looks at the container that its metric names", async () => {
    const space = await cluster.space("container");
    const target = { type: "AverageValue", averageValue: "2m" };
    const containerResource = { name: "cpu", container: "main", target };
    await busyDeployment(space, { metrics: [{ type: "ContainerResource", containerResource }] });
    await untilSize(space, 2);
    await space.untilEvent({
      of: "busy",
      reason: "SuccessfulRescale",
      message: "New size: 2; reason: cpu container resource above target",
    });
    await space.delete(deployments(), "busy");
  });

  test("an autoscaler brings the number within its bounds, and tells of metrics that it cannot read", async () => {
    const space = await cluster.space("bounds");
    await space.create(deployments(), {
      metadata: { name: "quiet" },
      spec: { replicas: 1, selector: { matchLabels: labels }, template: template(labels, versioned("1")) },
    });
    const metric = {
      type: "Resource",
      resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 50 } },
    };
    await space.create(autoscalers(), {
      metadata: { name: "quiet" },
      spec: {
        scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "quiet" },
        ...{ minReplicas: 2, maxReplicas: 3, metrics: [metric] },
      },
    });
    await space.untilEvent({
      of: "quiet",
      reason: "SuccessfulRescale",
      message: "New size: 2; reason: Current number of replicas below Spec.MinReplicas",
    });
    const failed = await space.untilEvent({
      of: "quiet",
      type: "Warning",
      reason: "FailedGetResourceMetric",
      message: /^failed to get cpu utilization: missing request for cpu in container main of Pod quiet-/,
    });
    await space.untilEvent({
      of: "quiet",
      type: "Warning",
      reason: "FailedComputeMetricsReplicas",
      message:
        /^invalid metrics \(1 invalid out of 1\), first error is: failed to get cpu resource metric value: failed to get cpu utilization: /,
    });
    const active = await space.untilOne("the status tells", autoscalers(), "quiet", (it) =>
      conditionOf(it, "ScalingActive"),
    );
    assert.deepEqual([active.status, active.reason], ["False", "FailedGetResourceMetric"]);
    assert.match(
      active.message ?? "",
      /^the HPA was unable to compute the replica count: failed to get cpu utilization: /,
    );
    assert.ok(failed.count !== undefined);
  });

  test("an autoscaler without its target says so", async () => {
    const space = await cluster.space("no-target");
    await space.create(autoscalers(), {
      metadata: { name: "lost" },
      spec: { scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "gone" }, maxReplicas: 3 },
    });
    const able = await space.untilOne("the status tells", autoscalers(), "lost", (it) =>
      conditionOf(it, "AbleToScale"),
    );
    assert.deepEqual(
      [able.status, able.reason, able.message],
      [
        "False",
        "FailedGetScale",
        'the HPA controller was unable to get the target\'s current scale: deployments.apps "gone" not found',
      ],
    );
    await space.untilEvent({
      of: "lost",
      type: "Warning",
      reason: "FailedGetScale",
      message: 'deployments.apps "gone" not found',
    });
  });

  test("pods that no node has any more are collected", async () => {
    const space = await cluster.space("pod-gc");
    await space.create(pods(), { metadata: { name: "lost" }, spec: sleeping({ nodeName: "no-such-node" }) });
    await space.create(pods(), {
      metadata: { name: "never", finalizers: ["example.com/hold"] },
      spec: sleeping({ nodeName: "no-such-node" }),
    });
    await space.untilGone(pods(), "lost");
    const never = await space.untilOne(
      "it goes",
      pods(),
      "never",
      (it) => it?.metadata?.deletionTimestamp !== undefined && it,
    );
    assert.equal(never.status?.phase, "Failed");
    const target = conditionOf(never, "DisruptionTarget");
    assert.deepEqual(
      [target?.status, target?.reason, target?.message],
      ["True", "DeletionByPodGC", "PodGC: node no longer exists"],
    );
    await space.patch(pods(), "never", { metadata: { finalizers: null } });
  });
});
