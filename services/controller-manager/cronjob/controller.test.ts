import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { CronJob, CronJobSpec } from "../../../gen/typernetes/batch/v1/cron_job.ts";
import type { Job } from "../../../gen/typernetes/batch/v1/job.ts";
import { rfc3339 } from "../../../lib/base/rfc3339.ts";
import { SimulatedClock } from "../../../lib/base/simulated-clock.ts";
import { eventuallyHolds, startTestCluster } from "../testing/test-cluster.ts";
import { createCronJobController } from "./controller.ts";

const namespace = "default";
const minuteMs = 60_000;

/** A cluster with one cron job for every minute; its clock stands a second before the first of them. */
async function start(t: TestContext, spec: CronJobSpec = {}) {
  const clock = new SimulatedClock(Date.now() - 2 * minuteMs);
  const cluster = await startTestCluster([createCronJobController], { clock });
  t.after(() => cluster.close());
  const { jobs, cronjobs } = cluster.client.batch.v1;
  const template = { spec: { containers: [{ name: "c", image: "v1" }], restartPolicy: "OnFailure" } };
  const jobTemplate = { metadata: { labels: { a: "b" } }, spec: { template } };
  const { metadata } = await cronjobs.create({
    metadata: { name: "tick", namespace },
    spec: { schedule: "* * * * *", jobTemplate, ...spec, suspend: true },
  });
  const startMs = (Math.floor(Date.parse(metadata?.creationTimestamp ?? "") / minuteMs) + 1) * minuteMs;
  await cluster.pass(startMs - 1_000 - clock.now());
  if (!spec.suspend) await cronjobs.patch("tick", { spec: { suspend: false } }, { namespace });
  await cluster.settle();
  const list = async () => (await jobs.list({ namespace })).items;
  const get = (): Promise<CronJob> => cronjobs.get("tick", { namespace });
  /** The nth job, 0 being that of the first minute. */
  const nameOf = (minute: number) => `tick-${startMs / minuteMs + minute}`;
  return {
    ...{ cluster, startMs, list, get, nameOf },
    patch: (change: object) => cronjobs.patch("tick", { spec: change }, { namespace }),
    settle: () => cluster.settle(),
    pass: (ms: number) => cluster.pass(ms),
    /** Waits until these are the jobs. */
    jobsBecome: (...minutes: number[]) =>
      eventuallyHolds(async () => {
        const names = (await list()).map(({ metadata }) => metadata?.name).sort();
        assert.deepEqual(names, minutes.map(nameOf).sort());
      }),
    activeBecomes: (...minutes: number[]) =>
      eventuallyHolds(async () => {
        const active = (await get()).status?.active ?? [];
        assert.deepEqual(
          active.map(({ name }) => name),
          minutes.map(nameOf),
        );
      }),
    end: async (minute: number, type: "Complete" | "Failed") => {
      const job: Job = await jobs.get(nameOf(minute), { namespace });
      const now = rfc3339(clock.now());
      const types = type === "Complete" ? ["SuccessCriteriaMet", "Complete"] : ["FailureTarget", "Failed"];
      const conditions = types.map((each) => ({ type: each, status: "True", lastTransitionTime: now }));
      const completionTime = type === "Complete" ? now : undefined;
      await jobs.updateStatus({ ...job, status: { startTime: now, completionTime, conditions } });
    },
    reasons: async () => {
      const { items } = await cluster.client.core.v1.events.list({ namespace });
      return new Set(items.map(({ reason }) => reason));
    },
  };
}

test("makes a job when its time comes, named by the minute", async (t) => {
  const { pass, jobsBecome, activeBecomes, list, get, startMs, reasons } = await start(t, {
    timeZone: "Asia/Kolkata",
  });
  await jobsBecome();
  await pass(1_200);
  await jobsBecome(0);
  await activeBecomes(0);
  const [job] = await list();
  const { metadata, status } = await get();
  assert.deepEqual([job?.metadata?.ownerReferences?.[0]?.uid, job?.metadata?.labels], [metadata?.uid, { a: "b" }]);
  const scheduled = job?.metadata?.annotations?.["batch.kubernetes.io/cronjob-scheduled-timestamp"] ?? "";
  assert.match(scheduled, /\+05:30$/);
  assert.equal(Date.parse(scheduled), startMs);
  assert.equal(status?.lastScheduleTime, rfc3339(startMs));
  await pass(minuteMs);
  await jobsBecome(0, 1);
  await activeBecomes(0, 1);
  await eventuallyHolds(async () => assert.ok((await reasons()).has("SuccessfulCreate")));
});

test("forgets jobs that have ended, and keeps as many as its history is to have", async (t) => {
  const { pass, jobsBecome, activeBecomes, end, get, reasons } = await start(t, { successfulJobsHistoryLimit: 1 });
  await pass(1_200);
  await activeBecomes(0);
  await end(0, "Complete");
  await activeBecomes();
  await eventuallyHolds(async () => assert.ok((await get()).status?.lastSuccessfulTime));
  await pass(minuteMs);
  await activeBecomes(1);
  await end(1, "Complete");
  await jobsBecome(1);
  for (const minute of [2, 3]) {
    await pass(minuteMs);
    await activeBecomes(minute);
    await end(minute, "Failed");
    await activeBecomes();
  }
  await jobsBecome(1, 3);
  await eventuallyHolds(async () => assert.ok((await reasons()).has("SawCompletedJob")));
});

test("Forbid waits for the job that runs, Replace puts a new one in its place", async (t) => {
  const { pass, jobsBecome, activeBecomes, end, settle, patch, reasons } = await start(t, {
    concurrencyPolicy: "Forbid",
  });
  await pass(1_200);
  await activeBecomes(0);
  await pass(minuteMs);
  await settle();
  await jobsBecome(0);
  await eventuallyHolds(async () => assert.ok((await reasons()).has("JobAlreadyActive")));
  await end(0, "Complete");
  await jobsBecome(0, 1);
  await activeBecomes(1);
  await patch({ concurrencyPolicy: "Replace" });
  await pass(minuteMs);
  await activeBecomes(2);
  await jobsBecome(0, 2);
});

test("suspended, it makes no jobs; resumed, one for the last time that it missed", async (t) => {
  const { pass, jobsBecome, settle, patch } = await start(t, { suspend: true });
  await pass(5 * minuteMs + 1_200);
  await settle();
  await jobsBecome();
  await patch({ suspend: false });
  await jobsBecome(5);
});

test("a time missed by more than the starting deadline is left out", async (t) => {
  const { pass, jobsBecome, settle, patch } = await start(t, { suspend: true, startingDeadlineSeconds: 20 });
  await pass(minuteMs + 31_000);
  await patch({ suspend: false });
  await settle();
  await jobsBecome();
  await pass(30_200);
  await jobsBecome(2);
});

test("warns of more than a hundred missed times", async (t) => {
  const { pass, jobsBecome, settle, patch, reasons } = await start(t, { suspend: true });
  await pass(200 * minuteMs + 1_200);
  await settle();
  await patch({ suspend: false });
  await jobsBecome(200);
  await eventuallyHolds(async () => assert.ok((await reasons()).has("TooManyMissedTimes")));
});

test("forgets a job that somebody deleted", async (t) => {
  const { pass, cluster, activeBecomes, nameOf, reasons } = await start(t);
  await pass(1_200);
  await activeBecomes(0);
  await cluster.client.batch.v1.jobs.delete(nameOf(0), { namespace, propagationPolicy: "Background" });
  await activeBecomes();
  await eventuallyHolds(async () => assert.ok((await reasons()).has("MissingJob")));
  await cluster.settle();
});
