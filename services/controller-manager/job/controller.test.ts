import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { JobSpec } from "../../../gen/typernetes/batch/v1/cron_job.ts";
import type { Job } from "../../../gen/typernetes/batch/v1/job.ts";
import type { Pod, PodStatus } from "../../../gen/typernetes/core/v1/pod.ts";
import { rfc3339 } from "../../../lib/base/rfc3339.ts";
import { SimulatedClock } from "../../../lib/base/simulated-clock.ts";
import { retryOnConflict } from "../../../lib/client/retry-on-conflict.ts";
import { isPodActive } from "../pods/pod-state.ts";
import { eventuallyHolds, startTestCluster, type TestCluster } from "../testing/test-cluster.ts";
import { createJobController } from "./controller.ts";
import { hasFinalizer, indexKey } from "./job-sync.ts";

const namespace = "default";
const clock = new SimulatedClock();
let cluster: TestCluster;

before(async () => {
  cluster = await startTestCluster([createJobController], { clock });
  cluster.runPods(({ status }) => status?.phase === "Pending");
});
after(() => cluster.close());

function create(name: string, spec: JobSpec = {}, pod: Pod["spec"] = {}): Promise<Job> {
  const template = { spec: { containers: [{ name: "c", image: "v1" }], restartPolicy: "Never", ...pod } };
  return cluster.client.batch.v1.jobs.create({ metadata: { name, namespace }, spec: { template, ...spec } });
}

function get(name: string): Promise<Job> {
  return cluster.client.batch.v1.jobs.get(name, { namespace });
}

function patch(name: string, spec: object): Promise<Job> {
  return cluster.client.batch.v1.jobs.patch(name, { spec }, { namespace });
}

async function podsOf(name: string): Promise<Pod[]> {
  const labelSelector = `batch.kubernetes.io/job-name=${name}`;
  const { items } = await cluster.client.core.v1.pods.list({ namespace, labelSelector });
  return [...items].sort((left, right) => Number(indexText(left)) - Number(indexText(right)));
}

function indexText({ metadata }: Pod): string {
  return metadata?.annotations?.[indexKey] ?? "";
}

async function running(name: string): Promise<Pod[]> {
  return (await podsOf(name)).filter(
    ({ status, metadata }) => status?.phase === "Running" && !metadata?.deletionTimestamp,
  );
}

/** The pods that run, once there are this many and no more that are to run. */
async function runningBecomes(name: string, count: number): Promise<Pod[]> {
  await eventuallyHolds(async () => {
    assert.equal((await running(name)).length, count);
    assert.equal((await podsOf(name)).filter(isPodActive).length, count);
  });
  return running(name);
}

async function end(pod: Pod | undefined, phase: string, exitCode = phase === "Failed" ? 1 : 0, more: PodStatus = {}) {
  assert.ok(pod);
  const containerStatuses = [
    { name: "c", image: "v1", imageID: "v1", state: { terminated: { exitCode, finishedAt: rfc3339(clock.now()) } } },
  ];
  const { pods } = cluster.client.core.v1;
  const { name = "" } = pod.metadata ?? {};
  await retryOnConflict(async () => {
    const fresh = await pods.get(name, { namespace });
    await pods.updateStatus({ ...fresh, status: { ...fresh.status, phase, containerStatuses, ...more } });
  });
}

const succeed = (pod: Pod | undefined) => end(pod, "Succeeded");
const fail = (pod: Pod | undefined, exitCode = 1) => end(pod, "Failed", exitCode);

async function conditionsBecome(name: string, expected: string[]): Promise<void> {
  await eventuallyHolds(async () => {
    const { status } = await get(name);
    const found = (status?.conditions ?? []).map((it) => `${it.type}=${it.status} ${it.reason}`);
    assert.deepEqual(found, expected);
  });
}

function endsWith(name: string, reason: string): Promise<void> {
  const types =
    reason === "CompletionsReached" || reason === "SuccessPolicy"
      ? ["SuccessCriteriaMet", "Complete"]
      : ["FailureTarget", "Failed"];
  return conditionsBecome(
    name,
    types.map((type) => `${type}=True ${reason}`),
  );
}

/** Lets the waiting time after failures pass. */
async function waited(name: string, count: number): Promise<Pod[]> {
  await eventuallyHolds(async () => {
    await clock.advance(10_000);
    assert.equal((await running(name)).length, count);
  });
  return running(name);
}

async function eventsOf(name: string): Promise<string[]> {
  const { items } = await cluster.client.core.v1.events.list({ namespace });
  return items.filter((event) => event.involvedObject?.name === name).map((event) => event.reason ?? "");
}

test("runs as many pods at a time as it may, until enough have succeeded", async () => {
  await create("plain", { completions: 3, parallelism: 2 });
  const [first, second] = await runningBecomes("plain", 2);
  assert.ok(first && hasFinalizer(first));
  await eventuallyHolds(async () => {
    const { status } = await get("plain");
    assert.deepEqual([status?.active, status?.ready, status?.terminating], [2, 2, 0]);
  });
  await succeed(first);
  await eventuallyHolds(async () => assert.equal((await get("plain")).status?.succeeded, 1));
  await runningBecomes("plain", 2);
  await succeed(second);
  await succeed((await runningBecomes("plain", 1))[0]);
  await endsWith("plain", "CompletionsReached");
  const { status } = await get("plain");
  assert.deepEqual([status?.succeeded, status?.failed ?? 0, status?.active ?? 0], [3, 0, 0]);
  assert.ok(status?.startTime && status.completionTime);
  assert.ok(!(await podsOf("plain")).some(hasFinalizer));
  await eventuallyHolds(async () => assert.ok((await eventsOf("plain")).includes("Completed")));
});

test("without a number of completions, the first success is enough once all have ended", async () => {
  await create("any", { parallelism: 2 });
  const [first, second] = await runningBecomes("any", 2);
  await succeed(first);
  await cluster.settle();
  assert.equal((await get("any")).status?.conditions, undefined);
  await succeed(second);
  await endsWith("any", "CompletionsReached");
});

test("failed pods are replaced after a while, until the limit is reached", async () => {
  await create("limited", { backoffLimit: 1 });
  await fail((await runningBecomes("limited", 1))[0]);
  await cluster.settle();
  assert.equal((await running("limited")).length, 0);
  await fail((await waited("limited", 1))[0]);
  await endsWith("limited", "BackoffLimitExceeded");
  const { status } = await get("limited");
  assert.deepEqual(
    [status?.failed, status?.conditions?.[1]?.message],
    [2, "Job has reached the specified backoff limit"],
  );
});

test("a deleted pod counts as failed at once and is replaced", async () => {
  await create("deleted", { backoffLimit: 3 });
  const [pod] = await runningBecomes("deleted", 1);
  await cluster.client.core.v1.pods.delete(pod?.metadata?.name ?? "", { namespace });
  await waited("deleted", 1);
  assert.equal((await get("deleted")).status?.failed, 1);
});

test("counts every pod exactly once, however many end at a time", async () => {
  await create("many", { completions: 60, parallelism: 20, backoffLimit: 100 });
  let failures = 0;
  const seen = new Set<string>();
  await eventuallyHolds(async () => {
    for (const pod of await running("many")) {
      seen.add(pod.metadata?.uid ?? "");
      if (seen.size % 10 === 0 && failures < 5) {
        await fail(pod);
        failures++;
      } else await succeed(pod);
    }
    // Others write, too: writes of an old picture are refused.
    await cluster.client.batch.v1.jobs.patch(
      "many",
      { metadata: { annotations: { seen: `${seen.size}` } } },
      { namespace },
    );
    await clock.advance(700_000);
    const { status } = await get("many");
    assert.ok(status?.conditions?.some(({ type }) => type === "Complete"));
  });
  const { status } = await get("many");
  assert.deepEqual([status?.succeeded, status?.failed ?? 0], [60, failures]);
  assert.deepEqual(status?.uncountedTerminatedPods ?? {}, {});
});

test("indexed pods know their index, and each index succeeds once", async () => {
  await create("indexed", { completions: 3, parallelism: 2, completionMode: "Indexed" });
  const pods = await runningBecomes("indexed", 2);
  assert.deepEqual(pods.map(indexText), ["0", "1"]);
  const [pod] = pods;
  assert.equal(pod?.metadata?.labels?.[indexKey], "0");
  assert.match(pod?.metadata?.name ?? "", /^indexed-0-[a-z0-9]{5}$/);
  assert.equal(pod?.spec?.hostname, "indexed-0");
  const env = pod?.spec?.containers?.[0]?.env?.[0];
  assert.deepEqual(
    [env?.name, env?.valueFrom?.fieldRef?.fieldPath],
    ["JOB_COMPLETION_INDEX", `metadata.labels['${indexKey}']`],
  );
  await fail(pod);
  await succeed(pods[1]);
  const rest = await waited("indexed", 2);
  assert.deepEqual(rest.map(indexText), ["0", "2"]);
  for (const each of rest) await succeed(each);
  await endsWith("indexed", "CompletionsReached");
  const { status } = await get("indexed");
  assert.deepEqual([status?.completedIndexes, status?.succeeded, status?.failed], ["0-2", 3, 1]);
});

test("indexes fail one by one where they have a limit of their own", async () => {
  await create("per-index", { completions: 3, parallelism: 3, completionMode: "Indexed", backoffLimitPerIndex: 1 });
  const [first, second, third] = await runningBecomes("per-index", 3);
  await succeed(second);
  await succeed(third);
  await fail(first);
  const [again] = await waited("per-index", 1);
  assert.equal(again?.metadata?.annotations?.["batch.kubernetes.io/job-index-failure-count"], "1");
  await fail(again);
  await endsWith("per-index", "FailedIndexes");
  const { status } = await get("per-index");
  assert.deepEqual(
    [status?.failedIndexes, status?.completedIndexes, status?.failed, status?.succeeded],
    ["0", "1,2", 2, 2],
  );
});

test("too many failed indexes end the job", async () => {
  const limits = { backoffLimitPerIndex: 0, maxFailedIndexes: 0 };
  await create("failed-indexes", { completions: 3, parallelism: 2, completionMode: "Indexed", ...limits });
  await fail((await runningBecomes("failed-indexes", 2))[1]);
  await endsWith("failed-indexes", "MaxFailedIndexesExceeded");
  const { status } = await get("failed-indexes");
  assert.deepEqual([status?.failedIndexes, status?.failed], ["1", 2]);
});

test("a failure policy ends the job, or takes no notice of a failure", async () => {
  const rules = [
    { action: "FailJob", onExitCodes: { containerName: "c", operator: "In", values: [42] } },
    { action: "Ignore", onPodConditions: [{ type: "DisruptionTarget", status: "True" }] },
  ];
  await create("policy", { backoffLimit: 0, podFailurePolicy: { rules } });
  const [first] = await runningBecomes("policy", 1);
  const conditions = [{ type: "DisruptionTarget", status: "True" }];
  await end(first, "Failed", 137, { conditions });
  const [second] = await waited("policy", 1);
  await fail(second, 42);
  await endsWith("policy", "PodFailurePolicy");
  const { status } = await get("policy");
  assert.equal(status?.failed, 1);
  const message = `Container c for pod default/${second?.metadata?.name} failed with exit code 42 matching FailJob rule at index 0`;
  assert.equal(status?.conditions?.[1]?.message, message);
});

test("a success policy ends the job early; what still runs counts neither way", async () => {
  const successPolicy = { rules: [{ succeededIndexes: "1" }] };
  await create("early", { completions: 3, parallelism: 3, completionMode: "Indexed", successPolicy });
  await succeed((await runningBecomes("early", 3))[1]);
  await endsWith("early", "SuccessPolicy");
  const { status } = await get("early");
  assert.deepEqual([status?.succeeded, status?.failed ?? 0, status?.completedIndexes], [1, 0, "1"]);
  assert.equal(status?.conditions?.[0]?.message, "Matched rules at index 0");
});

test("a suspended job has no pods; the deadline counts from its resuming", async () => {
  await create("paused", { suspend: true, parallelism: 2, completions: 2, activeDeadlineSeconds: 100 });
  await conditionsBecome("paused", ["Suspended=True JobSuspended"]);
  assert.equal((await get("paused")).status?.startTime, undefined);
  await cluster.pass(200_000);
  await patch("paused", { suspend: false });
  await runningBecomes("paused", 2);
  await conditionsBecome("paused", ["Suspended=False JobResumed"]);
  await patch("paused", { suspend: true });
  await eventuallyHolds(async () => {
    assert.equal((await podsOf("paused")).length, 0);
    const { status } = await get("paused");
    assert.deepEqual([status?.active ?? 0, status?.failed ?? 0], [0, 0]);
  });
  await patch("paused", { suspend: false });
  await runningBecomes("paused", 2);
  await cluster.pass(101_000);
  await conditionsBecome("paused", [
    "Suspended=False JobResumed",
    "FailureTarget=True DeadlineExceeded",
    "Failed=True DeadlineExceeded",
  ]);
  assert.equal((await podsOf("paused")).length, 0);
  await eventuallyHolds(async () => {
    const reasons = await eventsOf("paused");
    for (const reason of ["Suspended", "Resumed", "SuccessfulDelete", "DeadlineExceeded"])
      assert.ok(reasons.includes(reason), reason);
  });
});

test("pods are replaced only when they have ended, where the policy says so", async () => {
  const [hold] = [{ finalizers: ["example.com/hold"] }];
  await create("gone", { podReplacementPolicy: "Failed", backoffLimit: 5 });
  const [pod] = await runningBecomes("gone", 1);
  const name = pod?.metadata?.name ?? "";
  await cluster.client.core.v1.pods.patch(name, { metadata: hold }, { namespace });
  await cluster.client.core.v1.pods.delete(name, { namespace });
  await eventuallyHolds(async () => assert.equal((await get("gone")).status?.terminating, 1));
  await cluster.pass(60_000);
  await cluster.settle();
  assert.deepEqual([(await podsOf("gone")).length, (await get("gone")).status?.failed ?? 0], [1, 0]);
  await end(pod, "Failed");
  await cluster.client.core.v1.pods.patch(name, { metadata: { finalizers: null } }, { namespace });
  await waited("gone", 1);
});

test("restarts of containers count where pods stay", async () => {
  await create("restarts", { backoffLimit: 2 }, { restartPolicy: "OnFailure" });
  const [pod] = await runningBecomes("restarts", 1);
  const containerStatuses = [{ name: "c", image: "v1", imageID: "v1", restartCount: 2 }];
  await cluster.client.core.v1.pods.updateStatus({ ...pod, status: { ...pod?.status, containerStatuses } });
  await endsWith("restarts", "BackoffLimitExceeded");
});

test("parallelism is followed up and down", async () => {
  await create("elastic", { completions: 10, parallelism: 1 });
  await runningBecomes("elastic", 1);
  await patch("elastic", { parallelism: 4 });
  await runningBecomes("elastic", 4);
  await patch("elastic", { parallelism: 2 });
  await runningBecomes("elastic", 2);
  const { status } = await get("elastic");
  assert.equal(status?.failed ?? 0, 0);
});

test("adopts pods that its selector matches, and lets go of those that it does not match any more", async () => {
  await create("adopts", { parallelism: 2, completions: 2 });
  const [pod] = await runningBecomes("adopts", 2);
  const { pods } = cluster.client.core.v1;
  const name = pod?.metadata?.name ?? "";
  await pods.patch(name, { metadata: { ownerReferences: null, finalizers: null } }, { namespace });
  await eventuallyHolds(async () => {
    const adopted = await pods.get(name, { namespace });
    assert.equal(adopted.metadata?.ownerReferences?.[0]?.name, "adopts");
    assert.ok(hasFinalizer(adopted));
  });
  await pods.patch(name, { metadata: { labels: null } }, { namespace });
  await eventuallyHolds(async () => {
    const { metadata } = await pods.get(name, { namespace });
    assert.deepEqual([metadata?.ownerReferences, metadata?.finalizers], [undefined, undefined]);
  });
  await runningBecomes("adopts", 2);
});

test("pods of a job that has gone are let go", async () => {
  await create("vanishes");
  const [pod] = await runningBecomes("vanishes", 1);
  await cluster.client.batch.v1.jobs.delete("vanishes", { namespace, propagationPolicy: "Background" });
  await eventuallyHolds(async () => {
    const found = await cluster.client.core.v1.pods.get(pod?.metadata?.name ?? "", { namespace });
    assert.ok(!hasFinalizer(found));
  });
});

test("leaves jobs alone that another controller manages", async () => {
  await create("foreign", { managedBy: "example.com/other" });
  await cluster.settle();
  assert.deepEqual([(await podsOf("foreign")).length, (await get("foreign")).status?.startTime], [0, undefined]);
});

test("jobs at rest write nothing", () => cluster.settle());
