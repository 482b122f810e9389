import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import type { Job, Pod, PodSpec } from "../../clients/sdk/index.ts";
import { conditionOf, hasCondition, running } from "../support/pods.ts";
import { sharedCluster } from "../support/shared-cluster.ts";
import type { Space } from "../support/space.ts";

type JobSpec = NonNullable<Job["spec"]>;

function job(script: string, spec: Partial<JobSpec> = {}, pod: Partial<PodSpec> = {}): Job {
  const template = { spec: running(script, { restartPolicy: "Never", ...pod }) };
  return { metadata: { name: "work" }, spec: { template, ...spec } };
}

const sleeps = "exec sleep 100000";
const runs = (pods: readonly Pod[]) =>
  pods.filter(({ metadata, status }) => status?.phase === "Running" && !metadata?.deletionTimestamp);
const indexOf = ({ metadata }: Pod) => metadata?.annotations?.["batch.kubernetes.io/job-completion-index"];

describe("jobs", { concurrency: 8 }, () => {
  const cluster = sharedCluster(["--nodes", "2"]);
  const jobs = () => cluster.client.batch.v1.jobs;
  const pods = () => cluster.client.core.v1.pods;

  /** The job once it has ended as `type` says, with all its pods counted. */
  function untilEnded(space: Space, type: "Complete" | "Failed"): Promise<Job> {
    return space.untilOne(`the job is ${type}`, jobs(), "work", (it) => hasCondition(it, type) && it);
  }

  const reasonOf = (it: Job, type: string) => {
    const { reason, message } = conditionOf(it, type) ?? {};
    return `${reason}: ${message}`;
  };
  const untilRunning = (space: Space, count: number) =>
    space.until(`${count} pods run`, pods(), (all) => runs(all).length === count && runs(all));

  test("as many pods succeed as there are completions, and never more run than the parallelism", async () => {
    const space = await cluster.space("completions");
    await space.create(jobs(), job("exit 0", { completions: 4, parallelism: 2 }));
    await space.until("all have ended", pods(), (all) => {
      const active = all.filter(({ status }) => status?.phase !== "Succeeded");
      assert.ok(active.length <= 2, `${active.length} pods at once`);
      return all.filter(({ status }) => status?.phase === "Succeeded").length === 4;
    });
    const done = await untilEnded(space, "Complete");
    assert.equal(reasonOf(done, "Complete"), "CompletionsReached: Reached expected number of succeeded pods");
    assert.equal(reasonOf(done, "SuccessCriteriaMet"), "CompletionsReached: Reached expected number of succeeded pods");
    assert.deepEqual([done.status?.succeeded, done.status?.failed ?? 0, done.status?.active ?? 0], [4, 0, 0]);
    assert.ok(done.status?.completionTime);
    await space.untilEvent({ of: "work", reason: "Completed", message: "Job completed" });
    const all = await space.list(pods());
    assert.equal(all.length, 4);
    for (const { metadata } of all) {
      assert.equal(metadata?.labels?.["batch.kubernetes.io/job-name"], "work");
      assert.equal(metadata?.labels?.["batch.kubernetes.io/controller-uid"], done.metadata?.uid);
      assert.equal(metadata?.finalizers, undefined);
    }
  });

  test("pods of an indexed job know their indexes", async () => {
    const space = await cluster.space("indexed");
    const script = 'echo "$JOB_COMPLETION_INDEX $(hostname)" > /dev/termination-log';
    await space.create(jobs(), job(script, { completions: 3, parallelism: 3, completionMode: "Indexed" }));
    const done = await untilEnded(space, "Complete");
    assert.equal(done.status?.completedIndexes, "0-2");
    const all = await space.list(pods());
    const said = all.map(({ status }) => status?.containerStatuses?.[0]?.state?.terminated?.message?.trim());
    assert.deepEqual(said, ["0 work-0", "1 work-1", "2 work-2"]);
    assert.deepEqual(all.map(indexOf), ["0", "1", "2"]);
    assert.deepEqual(
      all.map(({ metadata }) => metadata?.labels?.["batch.kubernetes.io/job-completion-index"]),
      ["0", "1", "2"],
    );
    assert.match(all[0]?.metadata?.name ?? "", /^work-0-\w{5}$/);
  });

  test("an indexed job grows and shrinks while it runs", async () => {
    const space = await cluster.space("elastic");
    await space.create(jobs(), job(sleeps, { completions: 2, parallelism: 2, completionMode: "Indexed" }));
    await untilRunning(space, 2);
    await space.patch(jobs(), "work", { spec: { completions: 3, parallelism: 3 } });
    assert.deepEqual((await untilRunning(space, 3)).map(indexOf), ["0", "1", "2"]);
    await space.patch(jobs(), "work", { spec: { completions: 1, parallelism: 1 } });
    const [left] = await space.until("one is left", pods(), (all) => all.length === 1 && all);
    assert.equal(left && indexOf(left), "0");
  });

  test("pods that fail are tried again up to the backoff limit", async () => {
    const space = await cluster.space("backoff");
    await space.create(jobs(), job("exit 3", { backoffLimit: 1 }));
    const failed = await untilEnded(space, "Failed");
    assert.equal(reasonOf(failed, "Failed"), "BackoffLimitExceeded: Job has reached the specified backoff limit");
    assert.equal(
      reasonOf(failed, "FailureTarget"),
      "BackoffLimitExceeded: Job has reached the specified backoff limit",
    );
    assert.deepEqual([failed.status?.failed, failed.status?.succeeded ?? 0], [2, 0]);
    assert.equal((await space.list(pods())).length, 2);
    await space.untilEvent({
      of: "work",
      type: "Warning",
      reason: "BackoffLimitExceeded",
      message: "Job has reached the specified backoff limit",
    });
  });

  test("restarts of containers count towards the backoff limit where pods are not replaced", async () => {
    const space = await cluster.space("restarts");
    await space.create(jobs(), job("exit 3", { backoffLimit: 1 }, { restartPolicy: "OnFailure" }));
    const failed = await untilEnded(space, "Failed");
    assert.equal(conditionOf(failed, "Failed")?.reason, "BackoffLimitExceeded");
  });

  test("each index has a backoff limit of its own, and a failed one does not hold up the others", async () => {
    const space = await cluster.space("per-index");
    const script = 'test "$JOB_COMPLETION_INDEX" != 1';
    await space.create(
      jobs(),
      job(script, { completions: 3, parallelism: 3, completionMode: "Indexed", backoffLimitPerIndex: 0 }),
    );
    const failed = await untilEnded(space, "Failed");
    assert.equal(reasonOf(failed, "Failed"), "FailedIndexes: Job has failed indexes");
    assert.deepEqual([failed.status?.completedIndexes, failed.status?.failedIndexes], ["0,2", "1"]);
    assert.deepEqual([failed.status?.succeeded, failed.status?.failed], [2, 1]);
    const counts = (await space.list(pods())).map(
      ({ metadata }) => metadata?.annotations?.["batch.kubernetes.io/job-index-failure-count"],
    );
    assert.deepEqual(counts, ["0", "0", "0"]);
  });

  test("a job ends when more indexes have failed than may", async () => {
    const space = await cluster.space("failed-indexes");
    const script = `case $JOB_COMPLETION_INDEX in 0) ${sleeps};; *) exit 1;; esac`;
    await space.create(
      jobs(),
      job(script, {
        completions: 3,
        parallelism: 3,
        completionMode: "Indexed",
        backoffLimitPerIndex: 0,
        maxFailedIndexes: 1,
      }),
    );
    const failed = await untilEnded(space, "Failed");
    assert.equal(
      reasonOf(failed, "Failed"),
      "MaxFailedIndexesExceeded: Job has exceeded the specified maximal number of failed indexes",
    );
    assert.equal(failed.status?.failedIndexes, "1,2");
    assert.equal(failed.status?.active ?? 0, 0);
  });

  test("a failure policy ends the job at once for some exit codes", async () => {
    const space = await cluster.space("fail-job");
    const onExitCodes = { containerName: "main", operator: "In", values: [42] };
    const podFailurePolicy = { rules: [{ action: "FailJob", onExitCodes }] };
    await space.create(jobs(), job("exit 42", { backoffLimit: 6, podFailurePolicy }));
    const failed = await untilEnded(space, "Failed");
    const [pod] = await space.list(pods());
    const message = `Container main for pod ${space.namespace}/${pod?.metadata?.name} failed with exit code 42 matching FailJob rule at index 0`;
    assert.equal(reasonOf(failed, "Failed"), `PodFailurePolicy: ${message}`);
    assert.equal(failed.status?.failed, 1);
  });

  test("a failure policy does not count pods that were disrupted", async () => {
    const space = await cluster.space("ignore");
    const podFailurePolicy = {
      rules: [{ action: "Ignore", onPodConditions: [{ type: "DisruptionTarget", status: "True" }] }],
    };
    await space.create(jobs(), job(sleeps, { backoffLimit: 0, podFailurePolicy }));
    const [first] = await untilRunning(space, 1);
    const { name = "", uid } = first?.metadata ?? {};
    await space.evict(name);
    await space.until("another runs", pods(), (all) => runs(all).some(({ metadata }) => metadata?.uid !== uid));
    const { status } = await space.get(jobs(), "work");
    assert.equal(status?.failed ?? 0, 0);
    assert.equal(conditionOf({ status }, "Failed"), undefined);
  });

  test("a failure policy gives up one index", async () => {
    const space = await cluster.space("fail-index");
    const rule = { action: "FailIndex", onExitCodes: { operator: "In", values: [7] } };
    const script = 'test "$JOB_COMPLETION_INDEX" != 0 || exit 7';
    await space.create(
      jobs(),
      job(script, {
        completions: 2,
        parallelism: 2,
        completionMode: "Indexed",
        backoffLimitPerIndex: 5,
        podFailurePolicy: { rules: [rule] },
      }),
    );
    const failed = await untilEnded(space, "Failed");
    assert.deepEqual([failed.status?.failedIndexes, failed.status?.failed], ["0", 1]);
  });

  test("a success policy ends the job when the indexes that matter have succeeded", async () => {
    const space = await cluster.space("success-policy");
    const script = `test "$JOB_COMPLETION_INDEX" = 0 || ${sleeps}`;
    await space.create(
      jobs(),
      job(script, {
        completions: 2,
        parallelism: 2,
        completionMode: "Indexed",
        successPolicy: { rules: [{ succeededIndexes: "0", succeededCount: 1 }] },
      }),
    );
    const done = await untilEnded(space, "Complete");
    assert.equal(reasonOf(done, "SuccessCriteriaMet"), "SuccessPolicy: Matched rules at index 0");
    assert.equal(reasonOf(done, "Complete"), "SuccessPolicy: Matched rules at index 0");
    assert.deepEqual([done.status?.succeeded, done.status?.active ?? 0, done.status?.completedIndexes], [1, 0, "0"]);
  });

  test("a job that is suspended has no pods, and begins anew when it is resumed", async () => {
    const space = await cluster.space("suspend");
    await space.create(jobs(), job(sleeps, { suspend: true }));
    const suspended = await space.untilOne(
      "it is suspended",
      jobs(),
      "work",
      (it) => hasCondition(it, "Suspended") && it,
    );
    assert.equal(reasonOf(suspended, "Suspended"), "JobSuspended: Job suspended");
    assert.equal(suspended.status?.startTime, undefined);
    assert.deepEqual(await space.list(pods()), []);
    await space.patch(jobs(), "work", { spec: { suspend: false } });
    await untilRunning(space, 1);
    const isResumed = (it: Job | undefined) => hasCondition(it, "Suspended", "False") && it;
    const resumed = await space.untilOne("it is resumed", jobs(), "work", isResumed);
    assert.equal(reasonOf(resumed, "Suspended"), "JobResumed: Job resumed");
    assert.ok(resumed.status?.startTime);
    await space.patch(jobs(), "work", { spec: { suspend: true } });
    await space.until("the pods have gone", pods(), (all) => all.length === 0);
    const again = await space.untilOne("it is suspended", jobs(), "work", (it) => hasCondition(it, "Suspended") && it);
    assert.equal(again.status?.active ?? 0, 0);
    assert.equal(again.status?.failed ?? 0, 0);
    for (const reason of ["Suspended", "Resumed"]) await space.untilEvent({ of: "work", reason });
  });

  test("a job that is active for too long fails, and its pods end", async () => {
    const space = await cluster.space("deadline");
    await space.create(jobs(), job(sleeps, { activeDeadlineSeconds: 1 }));
    const failed = await untilEnded(space, "Failed");
    assert.equal(reasonOf(failed, "Failed"), "DeadlineExceeded: Job was active longer than specified deadline");
    await space.until("no pod runs", pods(), (all) => runs(all).length === 0);
    assert.equal(failed.status?.active ?? 0, 0);
  });

  test("a finished job goes after its time to live, its pods with it", async () => {
    const space = await cluster.space("ttl");
    // Looked for from the start: it does not stay for long.
    const seen = space.until("a pod was there", pods(), (all) => all.length > 0);
    await Promise.all([seen, space.create(jobs(), job("exit 0", { ttlSecondsAfterFinished: 0 }))]);
    await space.untilGone(jobs(), "work");
    await space.until("the pods have gone", pods(), (all) => all.length === 0);
  });

  test("pods that are deleted while they run are replaced, and counts stay exact", async () => {
    const space = await cluster.space("counts");
    // Indexes wait apart before they are tried again, other pods ever longer.
    const indexed = { completionMode: "Indexed", backoffLimitPerIndex: 10 };
    const gate = join(cluster.home, "gate");
    mkdirSync(gate);
    const script = "until test -e /gate/open; do sleep 0.2; done";
    const [main] = running(script).containers ?? [];
    const gated = {
      volumes: [{ name: "gate", hostPath: { path: gate } }],
      containers: [{ ...main, volumeMounts: [{ name: "gate", mountPath: "/gate" }] }],
    };
    await space.create(jobs(), job(script, { completions: 6, parallelism: 3, ...indexed }, gated));
    const killed = new Set<string>();
    for (let round = 0; round < 3; round++) {
      const [victim] = await space.until("an index runs that was not killed", pods(), (all) => {
        const found = runs(all).filter((pod) => !killed.has(indexOf(pod) ?? ""));
        return found.length > 0 && found;
      });
      killed.add((victim && indexOf(victim)) ?? "");
      const immediately = { namespace: space.namespace, gracePeriodSeconds: 0 };
      await pods().delete(victim?.metadata?.name ?? "", immediately);
    }
    // One that has not ended yet would see the gate opened, and end well.
    await space.untilOne("they are counted", jobs(), "work", (it) => it?.status?.failed === killed.size);
    writeFileSync(join(gate, "open"), "");
    const done = await untilEnded(space, "Complete");
    const { succeeded, failed, completedIndexes, uncountedTerminatedPods: uncounted = {} } = done.status ?? {};
    assert.deepEqual([succeeded, completedIndexes, failed], [6, "0-5", killed.size]);
    assert.deepEqual([uncounted.succeeded, uncounted.failed], [undefined, undefined]);
    await space.until("no pod is held", pods(), (all) => all.every(({ metadata }) => !metadata?.finalizers));
  });

  test("where only failed pods are replaced, a new one waits until the one before has ended", async () => {
    const space = await cluster.space("replacement");
    const trap = "trap '' TERM; while :; do sleep 1; done";
    await space.create(jobs(), job(trap, { podReplacementPolicy: "Failed" }, { terminationGracePeriodSeconds: 600 }));
    const [first] = await untilRunning(space, 1);
    await space.delete(pods(), first?.metadata?.name ?? "");
    const terminating = await space.untilOne(
      "one is terminating",
      jobs(),
      "work",
      (it) => it?.status?.terminating === 1 && it,
    );
    assert.equal(terminating.status?.active ?? 0, 0);
    const soon = { namespace: space.namespace, gracePeriodSeconds: 1 };
    await pods().delete(first?.metadata?.name ?? "", soon);
    await space.until("another runs", pods(), (all) => {
      const unfinished = all.filter(({ status }) => status?.phase === "Running" || status?.phase === "Pending");
      assert.ok(unfinished.length <= 1, "not both at once");
      return runs(all).some(({ metadata }) => metadata?.uid !== first?.metadata?.uid);
    });
  });

  test("a job that somebody else manages is left alone", async () => {
    const space = await cluster.space("managed-by");
    await space.create(jobs(), job("exit 0", { managedBy: "example.com/other" }));
    const beside = job("exit 0");
    await space.create(jobs(), { ...beside, metadata: { name: "beside" } });
    await space.untilOne("the other is complete", jobs(), "beside", (it) => hasCondition(it, "Complete"));
    const { status } = await space.get(jobs(), "work");
    assert.deepEqual([status?.startTime, status?.active], [undefined, undefined]);
  });
});
