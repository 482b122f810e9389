import type { Job } from "../../../gen/typernetes/batch/v1/job.ts";
import type { Pod } from "../../../gen/typernetes/core/v1/pod.ts";
import { labelMatcherOf } from "../../../lib/api/label-selector.ts";
import { rfc3339 } from "../../../lib/base/rfc3339.ts";
import { type Informer, objectKey } from "../../../lib/client/informer.ts";
import type { Controller, ControllerContext, Enqueue, ReconcileResult } from "../../../lib/controller/controller.ts";
import { controllerOf } from "../../../lib/controller/controller-ref.ts";
import { Expectations } from "../../../lib/controller/expectations.ts";
import { claimPods, followPods, indexPods, type PodOwners } from "../pods/follow-pods.ts";
import { deleteOwnedPod } from "../pods/pod-control.ts";
import { isPodActive, isPodReady } from "../pods/pod-state.ts";
import { finishedCondition, setCondition } from "./conditions.ts";
import { hasFinalizer, isEnding, type JobSync, jobKind, trackingFinalizer, uidOf } from "./job-sync.ts";
import { type Managed, manageJob } from "./manage.ts";
import { completionsReached, deadlineInMs, judgeOutcome, type Outcome } from "./outcome.ts";
import { type FailureRecord, recordAfter } from "./retry-delay.ts";
import { type Tally, tally } from "./tally.ts";
import { trackPods } from "./track.ts";
import { untrack } from "./untrack.ts";

/** Keys of pods that no job owns any more, though they carry the finalizer of one. */
const orphanPrefix = "orphan pod ";

/** Runs pods until as many as a job wants have succeeded. */
export function createJobController(context: ControllerContext): Controller {
  return new JobController(context);
}

class JobController implements Controller {
  readonly name = "job-controller";
  readonly workers = 5;
  readonly #context: ControllerContext;
  readonly #expectations: Expectations;
  readonly #jobs: Informer<Job>;
  readonly #pods: Informer<Pod>;
  readonly #follow: PodOwners<Job>;
  readonly #untracking = new Set<string>();
  /** By the job's key. */
  readonly #records = new Map<string, FailureRecord>();

  constructor(context: ControllerContext) {
    const { client, informers, clock } = context;
    this.#context = context;
    this.#expectations = new Expectations(clock);
    this.#jobs = informers.informer(client.batch.v1.jobs);
    this.#pods = informers.informer(client.core.v1.pods);
    indexPods(this.#pods);
    this.#follow = {
      pods: this.#pods,
      owners: this.#jobs,
      ownerKind: jobKind,
      matcher: (job) => labelMatcherOf(job.spec?.selector),
      expectations: this.#expectations,
    };
  }

  setUp(enqueue: Enqueue): void {
    this.#jobs.addHandler({
      added: (job) => enqueue(objectKey(job)),
      updated: (_, job) => enqueue(objectKey(job)),
      deleted: (job) => {
        enqueue(objectKey(job));
        for (const pod of this.#pods.lister.byIndex("controllerUid", job.metadata?.uid ?? ""))
          this.#enqueueOrphan(pod, enqueue);
      },
    });
    followPods(this.#follow, enqueue);
    this.#pods.addHandler({
      added: (pod) => this.#enqueueOrphan(pod, enqueue),
      updated: (_, pod) => {
        if (!hasFinalizer(pod)) this.#untracking.delete(uidOf(pod));
        this.#enqueueOrphan(pod, enqueue);
      },
      deleted: (pod) => this.#untracking.delete(uidOf(pod)),
    });
  }

  async reconcile(key: string, _signal: AbortSignal): Promise<ReconcileResult | void> {
    if (key.startsWith(orphanPrefix)) return this.#releaseOrphan(key.slice(orphanPrefix.length));
    const job = this.#jobs.lister.byKey(key);
    if (!job) return this.#forget(key);
    if (job.spec?.managedBy !== undefined && job.spec.managedBy !== "kubernetes.io/job-controller") return;
    if (finishedCondition(job)) return this.#releaseLeftovers(key, job);
    const believed = this.#expectations.satisfied(key);
    const sync = await this.#gather(job);
    if (!sync.spec.suspend) sync.status.startTime ??= rfc3339(sync.nowMs);
    const counted = tally(sync);
    const { newlySucceeded, newlyFailed } = counted;
    const record = recordAfter(this.#records.get(key), newlySucceeded, newlyFailed, sync.nowMs);
    const early = judgeOutcome(sync, counted);
    const { outcome, failure, waitMs } = early
      ? await this.#end(sync, early, believed)
      : await this.#advance(sync, counted, record, believed);
    await trackPods(sync, counted, outcome);
    this.#records.set(key, record);
    if (failure) throw failure;
    const waits = [waitMs, deadlineInMs(sync)].filter((wait) => wait !== undefined && wait > 0);
    if (waits.length > 0 && !early) return { requeueAfterMs: Math.min(...waits.filter((wait) => wait !== undefined)) };
  }

  async #gather(job: Job): Promise<JobSync> {
    const { client, clock } = this.#context;
    const clients = { pods: client.core.v1.pods, owners: client.batch.v1.jobs };
    const pods = await claimPods(this.#follow, clients, job, { finalizer: trackingFinalizer });
    return {
      context: this.#context,
      expectations: this.#expectations,
      job,
      spec: job.spec ?? {},
      status: structuredClone(job.status ?? {}),
      pods,
      active: pods.filter(isPodActive),
      untracking: this.#untracking,
      nowMs: clock.now(),
    };
  }

  /** The job's end is certain: what still runs is stopped. */
  async #end(sync: JobSync, outcome: Outcome, believed: boolean): Promise<Step> {
    const { context, job, active, pods } = sync;
    const results = await Promise.allSettled(active.map((pod) => deleteOwnedPod(context, job, pod)));
    const failure = results.find((result) => result.status === "rejected")?.reason;
    const deleted = results.filter((result) => result.status === "fulfilled").length;
    sync.status.active = active.length - deleted;
    sync.status.ready = 0;
    sync.status.terminating = pods.filter(isEnding).length + deleted;
    // Pods that the cache does not show yet might be left with a finalizer.
    return failure || !believed ? { failure } : { outcome };
  }

  /** The job goes on: pods are made or deleted, until it is complete. */
  async #advance(sync: JobSync, counted: Tally, record: FailureRecord, believed: boolean): Promise<Step> {
    const { spec, status, job, active, pods } = sync;
    const managing = believed && job.metadata?.deletionTimestamp === undefined;
    const managed: Managed = managing ? await manageJob(sync, counted, record) : { active: active.length };
    const { failure, waitMs } = managed;
    status.active = managed.active;
    status.ready = Math.min(active.filter(isPodReady).length, managed.active);
    status.terminating = pods.filter(isEnding).length + Math.max(0, active.length - managed.active);
    const reached = spec.completions === undefined ? counted.succeeded > 0 : counted.succeeded >= spec.completions;
    if (reached && managed.active === 0 && believed) return { outcome: completionsReached, failure };
    if (managing) this.#noteSuspension(sync);
    return { failure, ...(waitMs !== undefined && { waitMs }) };
  }

  #noteSuspension(sync: JobSync): void {
    const { spec, status, nowMs, job } = sync;
    const [value, reason, message] = spec.suspend
      ? (["True", "JobSuspended", "Job suspended"] as const)
      : (["False", "JobResumed", "Job resumed"] as const);
    if (!setCondition(status, { type: "Suspended", status: value, reason, message }, nowMs)) return;
    // The deadline counts from the resuming on.
    if (!spec.suspend) status.startTime = rfc3339(nowMs);
    this.#context.recorder.event(job, "Normal", spec.suspend ? "Suspended" : "Resumed", message);
  }

  #forget(key: string): void {
    this.#expectations.forget(key);
    this.#records.delete(key);
  }

  async #releaseLeftovers(key: string, job: Job): Promise<void> {
    this.#records.delete(key);
    for (const pod of this.#pods.lister.byIndex("controllerUid", job.metadata?.uid ?? ""))
      await untrack(this.#context, pod, this.#untracking);
  }

  #enqueueOrphan(pod: Pod, enqueue: Enqueue): void {
    if (hasFinalizer(pod) && !this.#ownerOf(pod)) enqueue(`${orphanPrefix}${objectKey(pod)}`);
  }

  async #releaseOrphan(key: string): Promise<void> {
    const pod = this.#pods.lister.byKey(key);
    if (pod && !this.#ownerOf(pod)) await untrack(this.#context, pod, this.#untracking);
  }

  #ownerOf(pod: Pod): Job | undefined {
    const reference = controllerOf(pod);
    if (reference?.kind !== jobKind.kind) return undefined;
    const job = this.#jobs.lister.get(pod.metadata?.namespace, reference.name ?? "");
    return job?.metadata?.uid === reference.uid ? job : undefined;
  }
}

/** What a step of a reconcile came to. */
interface Step {
  outcome?: Outcome;
  failure?: unknown;
  waitMs?: number;
}
