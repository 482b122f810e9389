import type { Job } from "../../../gen/typernetes/batch/v1/job.ts";
import { isStatusError } from "../../../lib/base/status-error.ts";
import { type Informer, objectKey, splitKey } from "../../../lib/client/informer.ts";
import type { Controller, ControllerContext, Enqueue, ReconcileResult } from "../../../lib/controller/controller.ts";
import { finishedCondition } from "../job/conditions.ts";

/** Deletes finished jobs when their `ttlSecondsAfterFinished` are over. */
export function createTtlAfterFinishedController(context: ControllerContext): Controller {
  return new TtlAfterFinishedController(context);
}

class TtlAfterFinishedController implements Controller {
  readonly name = "ttl-after-finished-controller";
  readonly workers = 5;
  readonly #context: ControllerContext;
  readonly #jobs: Informer<Job>;

  constructor(context: ControllerContext) {
    this.#context = context;
    this.#jobs = context.informers.informer(context.client.batch.v1.jobs);
  }

  setUp(enqueue: Enqueue): void {
    const expiring = (job: Job) => {
      if (expiryMs(job) !== undefined) enqueue(objectKey(job));
    };
    this.#jobs.addHandler({ added: expiring, updated: (_, job) => expiring(job) });
  }

  async reconcile(key: string, _signal: AbortSignal): Promise<ReconcileResult | void> {
    const job = this.#jobs.lister.byKey(key);
    const wait = job && this.#waitMs(job);
    if (wait === undefined) return;
    return wait > 0 ? { requeueAfterMs: wait } : this.#delete(key);
  }

  /** Milliseconds until the job is to go; undefined when it is not. */
  #waitMs(job: Job): number | undefined {
    const expiry = expiryMs(job);
    return expiry === undefined ? undefined : expiry - this.#context.clock.now();
  }

  /** The cache may not show that the job was given more time. */
  async #delete(key: string): Promise<ReconcileResult | void> {
    const { namespace, name } = splitKey(key);
    const { jobs } = this.#context.client.batch.v1;
    try {
      const { metadata, ...fresh } = await jobs.get(name, { namespace });
      const wait = this.#waitMs({ metadata, ...fresh });
      if (wait === undefined) return;
      if (wait > 0) return { requeueAfterMs: wait };
      const { uid, resourceVersion } = metadata ?? {};
      const preconditions = { uid, resourceVersion };
      await jobs.delete(name, { namespace, propagationPolicy: "Foreground", preconditions });
    } catch (error) {
      if (!isStatusError(error, "NotFound")) throw error;
    }
  }
}

/** When a job is to go; undefined when it stays, has not ended, or goes already. */
function expiryMs(job: Job): number | undefined {
  const seconds = job.spec?.ttlSecondsAfterFinished;
  const finished = finishedCondition(job);
  if (seconds === undefined || !finished || job.metadata?.deletionTimestamp) return undefined;
  return Date.parse(finished.lastTransitionTime ?? "") + seconds * 1000;
}
