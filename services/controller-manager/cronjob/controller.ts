import type { CronJob } from "../../../gen/typernetes/batch/v1/cron_job.ts";
import type { Job } from "../../../gen/typernetes/batch/v1/job.ts";
import { type Informer, objectKey } from "../../../lib/client/informer.ts";
import type { Controller, ControllerContext, Enqueue, ReconcileResult } from "../../../lib/controller/controller.ts";
import { controllerOf } from "../../../lib/controller/controller-ref.ts";
import { messageOf } from "../failures.ts";
import { type CronSync, cronJobKind, flush } from "./cron-sync.ts";
import { lastMissed } from "./missed.ts";
import { observeJobs, trimHistory } from "./observe.ts";
import { parseSchedule, type Schedule, ScheduleError } from "./schedule.ts";
import { startJob } from "./start-job.ts";

/** A little after the time, so that it has certainly come. */
const lateMs = 100;

/** Makes a job whenever a cron job's time comes. */
export function createCronJobController(context: ControllerContext): Controller {
  return new CronJobController(context);
}

class CronJobController implements Controller {
  readonly name = "cronjob-controller";
  readonly workers = 5;
  readonly #context: ControllerContext;
  readonly #cronJobs: Informer<CronJob>;
  readonly #jobs: Informer<Job>;

  constructor(context: ControllerContext) {
    this.#context = context;
    this.#cronJobs = context.informers.informer(context.client.batch.v1.cronjobs);
    this.#jobs = context.informers.informer(context.client.batch.v1.jobs);
    this.#jobs.addIndex("controllerUid", (job) => [controllerOf(job)?.uid ?? ""]);
  }

  setUp(enqueue: Enqueue): void {
    const own = (cron: CronJob) => enqueue(objectKey(cron));
    this.#cronJobs.addHandler({ added: own, updated: (_, cron) => own(cron), deleted: own });
    const owner = (job: Job) => {
      const controller = controllerOf(job);
      if (controller?.kind === cronJobKind.kind) enqueue(`${job.metadata?.namespace}/${controller.name}`);
    };
    this.#jobs.addHandler({ added: owner, updated: (_, job) => owner(job), deleted: owner });
  }

  async reconcile(key: string, _signal: AbortSignal): Promise<ReconcileResult | void> {
    const cron = this.#cronJobs.lister.byKey(key);
    if (!cron) return;
    const nowMs = this.#context.clock.now();
    const jobs = this.#jobs.lister.byIndex("controllerUid", cron.metadata?.uid ?? "");
    const sync = { context: this.#context, cron, status: structuredClone(cron.status ?? {}), jobs, nowMs };
    await observeJobs(sync);
    await trimHistory(sync);
    await flush(sync);
    if (cron.metadata?.deletionTimestamp || cron.spec?.suspend) return;
    const schedule = this.#scheduleOf(sync);
    const missed = schedule && lastMissed(sync.cron, schedule, nowMs);
    if (missed) await startJob(sync, missed);
    const next = schedule?.next(nowMs);
    if (next !== undefined) return { requeueAfterMs: next - nowMs + lateMs };
  }

  /** Undefined, with an event, when the cron job has none that can be read: only a change mends that. */
  #scheduleOf({ cron }: CronSync): Schedule | undefined {
    const { schedule = "", timeZone } = cron.spec ?? {};
    const { recorder } = this.#context;
    try {
      return parseSchedule(schedule, timeZone);
    } catch (error) {
      if (error instanceof ScheduleError) {
        const message = `unparseable schedule: ${JSON.stringify(schedule)} : ${messageOf(error)}`;
        recorder.event(cron, "Warning", "UnparseableSchedule", message);
      } else if (error instanceof RangeError) {
        const message = `invalid timeZone: ${JSON.stringify(timeZone)}: ${messageOf(error)}`;
        recorder.event(cron, "Warning", "UnknownTimeZone", message);
      } else throw error;
      return undefined;
    }
  }
}
