import assert from "node:assert/strict";
import { test } from "node:test";
import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import { SimulatedClock } from "../../../lib/base/simulated-clock.ts";
import { createInformerFactory } from "../../../lib/client/shared-informers.ts";
import { controllerReference } from "../../../lib/controller/controller-ref.ts";
import { startControllers } from "../../../lib/controller/start-controllers.ts";
import { silentLogger } from "../../../lib/observe/logger.ts";
import { eventuallyHolds, startTestCluster } from "../testing/test-cluster.ts";
import { createJobController } from "./controller.ts";
import { hasFinalizer, jobKind, trackingFinalizer } from "./job-sync.ts";

const namespace = "default";

test("goes on counting where a controller broke off, nothing twice and nothing left out", async (t) => {
  const clock = new SimulatedClock();
  const cluster = await startTestCluster([], { clock });
  t.after(() => cluster.close());
  const { client } = cluster;
  const podSpec = { containers: [{ name: "c", image: "v1" }], restartPolicy: "Never" };
  const job = await client.batch.v1.jobs.create({
    metadata: { name: "broken-off", namespace },
    spec: { parallelism: 0, completions: 9, template: { spec: podSpec } },
  });
  const ended = async (name: string, phase: string, finalizers: string[]): Promise<Pod> => {
    const labels = job.spec?.template?.metadata?.labels;
    const ownerReferences = [controllerReference(job, jobKind)];
    const pod = await client.core.v1.pods.create({
      metadata: { name, namespace, labels, finalizers, ownerReferences },
      spec: podSpec,
    });
    return client.core.v1.pods.updateStatus({ ...pod, status: { phase } });
  };
  const noted = await ended("noted", "Succeeded", [trackingFinalizer]);
  const released = await ended("released", "Succeeded", []);
  await ended("fresh", "Succeeded", [trackingFinalizer]);
  await ended("failed", "Failed", [trackingFinalizer]);
  await ended("counted", "Succeeded", []);
  await client.batch.v1.jobs.updateStatus({
    ...job,
    status: {
      startTime: "2026-01-01T00:00:00Z",
      succeeded: 1,
      uncountedTerminatedPods: {
        succeeded: [noted.metadata?.uid ?? "", released.metadata?.uid ?? ""],
        failed: ["of-a-pod-that-is-gone"],
      },
    },
  });
  const informers = createInformerFactory();
  const recorder = { event: () => {}, close: async () => {} };
  const context = { client, informers, recorder, clock, random: Math.random, logger: silentLogger };
  const running = await startControllers([createJobController], context);
  t.after(async () => {
    await running.stop();
    await informers.stop();
  });
  await eventuallyHolds(async () => {
    const { status } = await client.batch.v1.jobs.get("broken-off", { namespace });
    assert.deepEqual([status?.succeeded, status?.failed], [4, 2]);
    assert.deepEqual(status?.uncountedTerminatedPods ?? {}, {});
  });
  const { items } = await client.core.v1.pods.list({ namespace });
  assert.ok(!items.some(hasFinalizer));
});
