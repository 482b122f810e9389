import assert from "node:assert/strict";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { type CronJob, isStatusError, type Job, type Pod, type PodTemplateSpec } from "../../clients/sdk/index.ts";
import { conditionOf, hasCondition } from "../support/pods.ts";
import { BackgroundProgram, programPath } from "../support/program.ts";
import { type SharedCluster, sharedCluster } from "../support/shared-cluster.ts";
import type { Space } from "../support/space.ts";

const startMsMax = 120_000;

/** A controller manager in a process of its own, which tests kill when it is least welcome. */
class MortalManager {
  readonly #cluster: SharedCluster;
  #program: BackgroundProgram | undefined;
  #replacing: Promise<void> | undefined;

  constructor(cluster: SharedCluster) {
    this.#cluster = cluster;
  }

  async start(): Promise<void> {
    const kubeconfig = join(this.#cluster.dataDir, "kubeconfigs", "controller-manager");
    const args = ["controller-manager", "--kubeconfig", kubeconfig, "--no-leader-elect"];
    this.#program = new BackgroundProgram(programPath("typernetes"), args);
    await this.#program.printed("is running", startMsMax);
  }

  /** Kills it without warning, and starts another; who wants nothing done meanwhile shares one that is under way. */
  replace(whileGone?: () => Promise<unknown>): Promise<void> {
    if (this.#replacing && !whileGone) return this.#replacing;
    const replaced = (this.#replacing ?? Promise.resolve())
      .then(() => this.#replace(whileGone))
      .finally(() => {
        if (this.#replacing === replaced) this.#replacing = undefined;
      });
    this.#replacing = replaced;
    return replaced;
  }

  async stop(): Promise<void> {
    await this.#replacing?.catch(() => {});
    await this.#program?.stop();
  }

  async #replace(whileGone?: () => Promise<unknown>): Promise<void> {
    await this.#program?.killed();
    await whileGone?.();
    await this.start();
  }
}

/** A pod that ends as soon as it runs, with this exit code. */
function ending(exitCode: object): PodTemplateSpec {
  const env = [
    { name: "HOLLOW_RUN_SECONDS", value: "0" },
    { name: "HOLLOW_EXIT_CODE", ...exitCode },
  ];
  return { spec: { restartPolicy: "Never", containers: [{ name: "main", image: "any", env }] } };
}
const succeeding = ending({ value: "0" });
/** All indexes but the first. */
const failingByIndex = ending({
  valueFrom: { fieldRef: { fieldPath: "metadata.annotations['batch.kubernetes.io/job-completion-index']" } },
});

const uidOf = ({ metadata }: Pod) => metadata?.uid ?? "";
const isFinished = ({ status }: Pod) => status?.phase === "Succeeded" || status?.phase === "Failed";

describe("controllers that are killed again and again", { concurrency: 8 }, () => {
  let manager: MortalManager | undefined;
  after(() => manager?.stop());
  const cluster = sharedCluster(["--runtime", "hollow", "--without", "controller-manager"], (started) => {
    manager = new MortalManager(started);
    return manager.start();
  });
  const replaceManager = async (whileGone?: () => Promise<unknown>) => manager?.replace(whileGone);
  const jobs = () => cluster.client.batch.v1.jobs;
  const cronJobs = () => cluster.client.batch.v1.cronjobs;
  const pods = () => cluster.client.core.v1.pods;

  /** Every pod that there ever is in the space, as it was last, by uid. */
  function everyPod({ namespace }: Space): Map<string, Pod> {
    const seen = new Map<string, Pod>();
    const note = (pod: Pod) => pod.metadata?.namespace === namespace && seen.set(uidOf(pod), pod);
    cluster.informers.informer(pods()).addHandler({ added: note, updated: (_, pod) => note(pod), deleted: note });
    return seen;
  }

  /** The job once it has ended, with no pod left to be counted. */
  async function untilCounted(space: Space, type: "Complete" | "Failed"): Promise<NonNullable<Job["status"]>> {
    const { status } = await space.untilOne(`the job is ${type}`, jobs(), "work", (it) => {
      const { succeeded, failed } = it?.status?.uncountedTerminatedPods ?? {};
      return hasCondition(it, type) && !succeeded?.length && !failed?.length && it;
    });
    // Pods are told of apart from jobs.
    const staying = (await space.list(pods())).filter(({ metadata }) => !metadata?.deletionTimestamp);
    await space.until(
      "all pods have been seen, and none is held",
      pods(),
      (all) =>
        staying.every((one) => all.some((pod) => uidOf(pod) === uidOf(one))) &&
        all.every(({ metadata }) => !metadata?.finalizers?.length),
    );
    return status ?? {};
  }

  const work = (spec: Partial<NonNullable<Job["spec"]>>): Job => ({
    metadata: { name: "work" },
    spec: { template: succeeding, ...spec },
  });

  test("a job counts each of its pods once", async () => {
    const space = await cluster.space("counts");
    const seen = everyPod(space);
    await space.create(jobs(), work({ completions: 16, parallelism: 4 }));
    for (const count of [1, 6, 12]) {
      await space.until(`${count} pods have been made`, pods(), () => seen.size >= count);
      await replaceManager();
    }
    const { succeeded, failed, active } = await untilCounted(space, "Complete");
    assert.deepEqual([succeeded, failed ?? 0, active ?? 0, seen.size], [16, 0, 0, 16]);
  });

  test("an indexed job counts each index once", async () => {
    const space = await cluster.space("indexes");
    const seen = everyPod(space);
    await space.create(
      jobs(),
      work({
        ...{ completions: 12, parallelism: 3, completionMode: "Indexed", backoffLimitPerIndex: 0 },
        template: failingByIndex,
      }),
    );
    for (const count of [2, 7]) {
      await space.until(`${count} pods have been made`, pods(), () => seen.size >= count);
      await replaceManager();
    }
    const { succeeded, failed, completedIndexes, failedIndexes } = await untilCounted(space, "Failed");
    assert.deepEqual([succeeded, failed, completedIndexes, failedIndexes], [1, 11, "0", "1-11"]);
    assert.equal(seen.size, 12);
  });

  test("pods that are deleted while nobody looks are counted all the same", async () => {
    const space = await cluster.space("deleted");
    const seen = everyPod(space);
    await space.create(jobs(), work({ completions: 8, parallelism: 4, backoffLimit: 100 }));
    await space.until("some have been made", pods(), () => seen.size >= 4);
    await replaceManager(async () => {
      const all = await space.list(pods());
      const [finished, others] = [all.filter(isFinished), all.filter((pod) => !isFinished(pod))];
      for (const { metadata } of [...finished.slice(0, 2), ...others.slice(0, 2)])
        await pods()
          .delete(metadata?.name ?? "", { namespace: space.namespace, gracePeriodSeconds: 0 })
          .catch((error: unknown) => assert.ok(isStatusError(error, "NotFound")));
    });
    const { succeeded = 0, failed = 0 } = await untilCounted(space, "Complete");
    assert.equal(succeeded + failed, seen.size);
    assert.ok(succeeded >= 8, `${succeeded} of 8`);
    const all = [...seen.values()];
    assert.ok(succeeded <= all.filter(({ status }) => status?.phase === "Succeeded").length);
  });

  test("a replica set has neither more nor fewer pods than it is to have", async () => {
    const space = await cluster.space("replicas");
    const { replicasets } = cluster.client.apps.v1;
    const seen = everyPod(space);
    const labels = { app: "web" };
    const template = { metadata: { labels }, spec: { containers: [{ name: "main", image: "any" }] } };
    const spec = { replicas: 12, selector: { matchLabels: labels }, template };
    await space.create(replicasets, { metadata: { name: "web" }, spec });
    await space.until("some have been made", pods(), () => seen.size >= 3);
    await replaceManager();
    const untilExactly = async (count: number) => {
      await space.untilOne(`the status tells of ${count}`, replicasets, "web", (set) => {
        const { observedGeneration, replicas, readyReplicas = 0 } = set?.status ?? {};
        return observedGeneration === set?.metadata?.generation && replicas === count && readyReplicas === count;
      });
      await space.until(`there are ${count}`, pods(), (all) => all.length === count);
    };
    await untilExactly(12);
    await space.patch(replicasets, "web", { spec: { replicas: 3 } });
    await space.until("some go", pods(), (all) => all.length < 12);
    await replaceManager(() => space.patch(replicasets, "web", { spec: { replicas: 5 } }));
    await untilExactly(5);
  });

  test("a cron job runs once for each time that it is due", async () => {
    const space = await cluster.space("cron");
    const names = Array.from({ length: 6 }, (_, index) => `cron-${index}`);
    const due = new Date(Math.floor(Date.now() / 60_000) * 60_000 - 60_000);
    await Promise.all(names.map((name) => space.create(cronJobs(), { metadata: { name }, spec: daily(due) })));
    const lastScheduleTime = new Date(due.getTime() - 300_000).toISOString();
    for (const name of names) {
      const { namespace } = space;
      await cronJobs().patch(name, { status: { lastScheduleTime } }, { namespace, subresource: "status" });
      if (name === names[2]) await space.until("one runs", jobs(), (all) => all.length > 0);
      if (name === names[2] || name === names[5]) await replaceManager();
    }
    await space.until("all have run", cronJobs(), (all) =>
      all.every(({ status }) => status?.lastSuccessfulTime && !status.active?.length),
    );
    const runs = await space.list(jobs());
    assert.deepEqual(
      runs.map(({ metadata }) => metadata?.name),
      names.map((name) => `${name}-${due.getTime() / 60_000}`),
    );
    for (const { status } of runs) assert.deepEqual([status?.succeeded, status?.failed ?? 0], [1, 0]);
    assert.ok(runs.every((run) => conditionOf(run, "Complete")));
  });
});

/** Runs once a day, at this time. */
function daily(due: Date): NonNullable<CronJob["spec"]> {
  const schedule = `${due.getUTCMinutes()} ${due.getUTCHours()} * * *`;
  return { schedule, timeZone: "Etc/UTC", jobTemplate: { spec: { template: succeeding } } };
}
