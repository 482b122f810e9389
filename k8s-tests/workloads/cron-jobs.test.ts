import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { CronJob, Job } from "../../clients/sdk/index.ts";
import { hasCondition, running } from "../support/pods.ts";
import { sharedCluster } from "../support/shared-cluster.ts";
import type { Space } from "../support/space.ts";

const hourMs = 3_600_000;
const minuteMs = 60_000;
/** Once an hour, the last time so many minutes ago, so that no time comes while a test runs. */
const everyHour = (minutesAgo = 30) => `${new Date(Date.now() - minutesAgo * minuteMs).getMinutes()} * * * *`;
const sleeps = "exec sleep 100000";

type CronJobSpec = NonNullable<CronJob["spec"]>;

function cron(script: string, spec: Partial<CronJobSpec> = {}): CronJob {
  const template = { spec: running(script, { restartPolicy: "Never" }) };
  // At a minute of the year that is far from now, so that nothing happens but what a test brings about.
  const far = new Date(Date.now() + 4_000 * hourMs);
  const schedule = `${far.getUTCMinutes()} ${far.getUTCHours()} ${far.getUTCDate()} ${far.getUTCMonth() + 1} *`;
  const jobTemplate = { metadata: { labels: { from: "cron" } }, spec: { backoffLimit: 0, template } };
  return { metadata: { name: "tick" }, spec: { schedule, jobTemplate, ...spec } };
}

describe("cron jobs", { concurrency: 8 }, () => {
  const cluster = sharedCluster([]);
  const crons = () => cluster.client.batch.v1.cronjobs;
  const jobs = () => cluster.client.batch.v1.jobs;

  /** Lets a cron job believe that it has not run for so long; the last time of the schedule has then been missed. */
  async function missTimes(space: Space, ageMs: number, schedule: string): Promise<void> {
    await space.patch(crons(), "tick", { spec: { suspend: true } });
    const lastScheduleTime = new Date(Date.now() - ageMs).toISOString().replace(/\.\d+/, "");
    const settings = { namespace: space.namespace, subresource: "status" };
    await crons().patch("tick", { status: { lastScheduleTime } }, settings);
    await space.patch(crons(), "tick", { spec: { suspend: false, schedule } });
  }

  const untilJobs = (space: Space, what: string, check: (all: Job[]) => boolean) =>
    space.until(what, jobs(), (all) => check(all) && all);

  test("a job is made when its time has come, named by it and owned by the cron job", async () => {
    const space = await cluster.space("time");
    await space.create(crons(), cron("exit 0"));
    await missTimes(space, 2 * hourMs, everyHour());
    const [made] = await untilJobs(space, "a job is there", (all) => all.length > 0);
    const scheduled = made?.metadata?.annotations?.["batch.kubernetes.io/cronjob-scheduled-timestamp"] ?? "";
    assert.match(scheduled, /^\d{4}-\d\d-\d\dT\d\d:\d\d:00Z$/);
    assert.equal(made?.metadata?.name, `tick-${Date.parse(scheduled) / minuteMs}`);
    assert.equal(made?.metadata?.labels?.["from"], "cron");
    assert.deepEqual(
      made?.metadata?.ownerReferences?.map(({ kind, name, controller }) => `${kind}/${name} ${controller}`),
      ["CronJob/tick true"],
    );
    await space.untilEvent({ of: "tick", reason: "SuccessfulCreate", message: `Created job ${made?.metadata?.name}` });
    const { status } = await space.untilOne(
      "the status tells",
      crons(),
      "tick",
      (it) => it?.status?.lastSuccessfulTime !== undefined && it,
    );
    assert.ok(Date.parse(status?.lastScheduleTime ?? "") >= Date.parse(scheduled));
    await space.untilEvent({
      of: "tick",
      reason: "SawCompletedJob",
      message: `Saw completed job: ${made?.metadata?.name}, condition: Complete`,
    });
  });

  test("of the times that were missed while it was suspended only the last counts", async () => {
    const space = await cluster.space("missed");
    await space.create(crons(), cron(sleeps));
    await missTimes(space, 5 * hourMs, everyHour());
    const [made] = await untilJobs(space, "a job is there", (all) => all.length > 0);
    const scheduled = Date.parse(
      made?.metadata?.annotations?.["batch.kubernetes.io/cronjob-scheduled-timestamp"] ?? "",
    );
    const createdAt = Date.parse(made?.metadata?.creationTimestamp ?? "");
    assert.equal(scheduled % minuteMs, 0);
    assert.ok(createdAt - scheduled < hourMs, `made at ${createdAt} for ${scheduled}`);
    await space.untilOne("it is active", crons(), "tick", (it) => it?.status?.active?.length === 1);
    assert.equal((await space.list(jobs())).length, 1);
  });

  test("too many missed times are told of, and a job is made all the same", async () => {
    const space = await cluster.space("too-many");
    await space.create(crons(), cron("exit 0"));
    await missTimes(space, 200 * minuteMs, "* * * * *");
    await untilJobs(space, "a job is there", (all) => all.length > 0);
    await space.untilEvent({
      of: "tick",
      type: "Warning",
      reason: "TooManyMissedTimes",
      message: "too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew",
    });
  });

  test("a time is not made up for when its starting deadline has passed", async () => {
    const space = await cluster.space("deadline");
    await space.create(crons(), cron("exit 0", { startingDeadlineSeconds: 60 }));
    await missTimes(space, 5 * hourMs, everyHour());
    await space.create(crons(), { ...cron("exit 0", { schedule: "@every 1s" }), metadata: { name: "beside" } });
    await space.untilOne("the other runs", crons(), "beside", (it) => it?.status?.lastScheduleTime !== undefined);
    assert.deepEqual(
      (await space.list(jobs())).filter(({ metadata }) => metadata?.name?.startsWith("tick-")),
      [],
    );
    // Else its jobs would be ever more on a machine that takes longer than a second for each.
    await space.delete(crons(), "beside");
  });

  test("times are those of the time zone", async () => {
    const space = await cluster.space("zones");
    const zone = "Asia/Kathmandu";
    // Three quarters past there is the full hour here.
    await space.create(crons(), cron("exit 0", { timeZone: zone }));
    await missTimes(space, 3 * hourMs, "45 * * * *");
    const [made] = await untilJobs(space, "a job is there", (all) => all.length > 0);
    const scheduled = made?.metadata?.annotations?.["batch.kubernetes.io/cronjob-scheduled-timestamp"] ?? "";
    assert.match(scheduled, /T\d\d:45:00\+05:45$/);
    assert.equal(new Date(scheduled).getUTCMinutes(), 0);
    const unknown = cron("exit 0", { timeZone: "Nowhere/Land" });
    await assert.rejects(
      space.create(crons(), { ...unknown, metadata: { name: "unknown" } }),
      /spec\.timeZone: Invalid value: "Nowhere\/Land": unknown time zone Nowhere\/Land/,
    );
  });

  test("where jobs may not run beside each other, a time passes while one runs", async () => {
    const space = await cluster.space("forbid");
    await space.create(crons(), cron(sleeps, { concurrencyPolicy: "Forbid" }));
    await missTimes(space, 2 * hourMs, everyHour());
    await space.untilOne("one is active", crons(), "tick", (it) => it?.status?.active?.length === 1);
    await missTimes(space, 2 * hourMs, everyHour(40));
    await space.untilEvent({
      of: "tick",
      type: "Normal",
      reason: "JobAlreadyActive",
      message: "Not starting job because prior execution is running and concurrency policy is Forbid",
    });
    assert.equal((await space.list(jobs())).length, 1);
  });

  test("where a job replaces the one before, that one goes with its pods", async () => {
    const space = await cluster.space("replace");
    await space.create(crons(), cron(sleeps, { concurrencyPolicy: "Replace" }));
    await missTimes(space, 2 * hourMs, everyHour());
    const [first] = await untilJobs(space, "a job is there", (all) => all.length > 0);
    const name = first?.metadata?.name ?? "";
    await space.untilOne("it is active", crons(), "tick", (it) => it?.status?.active?.[0]?.name === name);
    await missTimes(space, 2 * hourMs, everyHour(40));
    await space.untilEvent({ of: "tick", reason: "SuccessfulDelete", message: `Deleted job ${name}` });
    await untilJobs(space, "another has taken its place", (all) => all.length === 1 && all[0]?.metadata?.name !== name);
  });

  test("jobs run beside each other where they may", async () => {
    const space = await cluster.space("allow");
    await space.create(crons(), cron(sleeps));
    await missTimes(space, 2 * hourMs, everyHour());
    await space.untilOne("one is active", crons(), "tick", (it) => it?.status?.active?.length === 1);
    await missTimes(space, 2 * hourMs, everyHour(40));
    await untilJobs(space, "two run", (all) => all.filter(({ status }) => status?.active === 1).length >= 2);
    await space.untilOne("the status tells", crons(), "tick", (it) => it?.status?.active?.length === 2);
  });

  test("of the finished jobs as many are kept as the limits of the history say", async () => {
    const space = await cluster.space("history");
    const owner = await space.create(
      crons(),
      cron("exit 0", { suspend: true, successfulJobsHistoryLimit: 1, failedJobsHistoryLimit: 0 }),
    );
    const { name = "", uid = "" } = owner.metadata ?? {};
    const ownerReferences = [
      { apiVersion: "batch/v1", kind: "CronJob", name, uid, controller: true, blockOwnerDeletion: true },
    ];
    const make = async (job: string, script: string, end: string) => {
      const template = { spec: running(script, { restartPolicy: "Never" }) };
      // Looked for from the start: it may not stay for long once it has ended.
      let seen = false;
      const ended = space.untilOne(`${job} has ended`, jobs(), job, (it) => {
        seen ||= it !== undefined;
        return seen && (!it || hasCondition(it, end));
      });
      const made = { metadata: { name: job, ownerReferences }, spec: { backoffLimit: 0, template } };
      await Promise.all([ended, space.create(jobs(), made)]);
    };
    await make("good-1", "exit 0", "Complete");
    await make("good-2", "exit 0", "Complete");
    await make("bad", "exit 1", "Failed");
    await untilJobs(space, "one is kept", (all) => all.length === 1);
    for (const gone of ["good-1", "bad"])
      await space.untilEvent({ of: "tick", reason: "SuccessfulDelete", message: `Deleted job ${gone}` });
  });

  test("a suspended cron job makes none, and its jobs go with it", async () => {
    const space = await cluster.space("suspend");
    await space.create(crons(), cron(sleeps, { schedule: "@every 1s", concurrencyPolicy: "Forbid" }));
    await space.untilOne("one runs", crons(), "tick", (it) => it?.status?.active?.length === 1);
    await space.patch(crons(), "tick", { spec: { suspend: true } });
    const [made] = await space.list(jobs());
    // Without a word about them the pods of a job would stay.
    await jobs().delete(made?.metadata?.name ?? "", { namespace: space.namespace, propagationPolicy: "Background" });
    await space.untilOne("the status tells", crons(), "tick", (it) => (it?.status?.active?.length ?? 0) === 0);
    await space.create(crons(), {
      ...cron(sleeps, { schedule: "@every 1s" }),
      metadata: { name: "beside" },
    });
    await untilJobs(space, "the other makes one", (all) => all.length > 0);
    assert.ok((await space.list(jobs())).every(({ metadata }) => metadata?.name?.startsWith("beside-")));
    await space.delete(crons(), "beside");
    await untilJobs(space, "its jobs have gone", (all) => all.length === 0);
    await space.until("the pods, too", cluster.client.core.v1.pods, (all) => all.length === 0);
  });
});
