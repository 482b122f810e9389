import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { rfc3339 } from "../../../lib/base/rfc3339.ts";
import { SimulatedClock } from "../../../lib/base/simulated-clock.ts";
import { eventuallyHolds, startTestCluster, type TestCluster } from "../testing/test-cluster.ts";
import { createTtlAfterFinishedController } from "./controller.ts";

const namespace = "default";
const clock = new SimulatedClock();
let cluster: TestCluster;

before(async () => {
  cluster = await startTestCluster([createTtlAfterFinishedController], { clock });
});
after(() => cluster.close());

async function finished(name: string, ttlSecondsAfterFinished?: number): Promise<void> {
  const { jobs } = cluster.client.batch.v1;
  const template = { spec: { containers: [{ name: "c", image: "v1" }], restartPolicy: "Never" } };
  const job = await jobs.create({ metadata: { name, namespace }, spec: { template, ttlSecondsAfterFinished } });
  const now = rfc3339(clock.now());
  const conditions = ["FailureTarget", "Failed"].map((type) => ({ type, status: "True", lastTransitionTime: now }));
  await jobs.updateStatus({ ...job, status: { startTime: now, conditions } });
}

/** Whether the job is there and nobody has begun to delete it. */
async function stays(name: string): Promise<boolean> {
  const { items } = await cluster.client.batch.v1.jobs.list({ namespace });
  return items.some(({ metadata }) => metadata?.name === name && !metadata.deletionTimestamp);
}

test("deletes a finished job when its time is over, what it owns first", async () => {
  await finished("short", 100);
  await finished("kept");
  await cluster.pass(99_000);
  assert.ok(await stays("short"));
  await cluster.pass(2_000);
  await eventuallyHolds(async () => assert.ok(!(await stays("short"))));
  const job = await cluster.client.batch.v1.jobs.get("short", { namespace });
  assert.deepEqual(job.metadata?.finalizers, ["foregroundDeletion"]);
  assert.ok(await stays("kept"));
});

test("a job may be given more time", async () => {
  await finished("longer", 100);
  await cluster.settle();
  await cluster.client.batch.v1.jobs.patch("longer", { spec: { ttlSecondsAfterFinished: 500 } }, { namespace });
  await cluster.pass(400_000);
  assert.ok(await stays("longer"));
  await cluster.pass(101_000);
  await eventuallyHolds(async () => assert.ok(!(await stays("longer"))));
});

test("a job goes at once when its time is nothing", async () => {
  await finished("now", 0);
  await eventuallyHolds(async () => assert.ok(!(await stays("now"))));
});
