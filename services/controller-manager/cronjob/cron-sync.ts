import type { CronJob, CronJobStatus } from "../../../gen/typernetes/batch/v1/cron_job.ts";
import type { Job } from "../../../gen/typernetes/batch/v1/job.ts";
import { deepEqual } from "../../../lib/api/deep.ts";
import { isStatusError } from "../../../lib/base/status-error.ts";
import type { ControllerContext } from "../../../lib/controller/controller.ts";
import { messageOf } from "../failures.ts";

/** The kind of the owner of jobs here. */
export const cronJobKind = { apiVersion: "batch/v1", kind: "CronJob" };

/** One reconcile of one cron job: what the steps share. */
export interface CronSync {
  readonly context: ControllerContext;
  /** As the server has it: replaced whenever the status is written. */
  cron: CronJob;
  /** As this reconcile changes it. */
  readonly status: CronJobStatus;
  readonly jobs: readonly Job[];
  readonly nowMs: number;
}

export function isListed({ active = [] }: CronJobStatus, uid: string | undefined): boolean {
  return active.some((reference) => reference.uid === uid);
}

export function dropListed(status: CronJobStatus, uid: string | undefined): void {
  status.active = status.active?.filter((reference) => reference.uid !== uid);
}

/** Writes the status where it differs from what the server has. */
export async function flush(sync: CronSync): Promise<void> {
  const { context, cron, status } = sync;
  const { active = [], ...times } = status;
  const { active: before = [], ...timesBefore } = cron.status ?? {};
  if (deepEqual(active, before) && deepEqual(times, timesBefore)) return;
  const { cronjobs } = context.client.batch.v1;
  sync.cron = await cronjobs.updateStatus({ ...cron, status: structuredClone(status) });
}

/** Deletes a job, its pods with it; one that has gone already is left alone. @throws StatusError */
export async function deleteJob({ context, cron, status }: CronSync, job: Job): Promise<void> {
  const { namespace, name = "", uid } = job.metadata ?? {};
  const { client, recorder } = context;
  try {
    await client.batch.v1.jobs.delete(name, { namespace, propagationPolicy: "Background", preconditions: { uid } });
  } catch (error) {
    if (!isStatusError(error, "NotFound", "Conflict")) {
      recorder.event(cron, "Warning", "FailedDelete", `Deleted job: ${messageOf(error)}`);
      throw error;
    }
  }
  dropListed(status, uid);
  recorder.event(cron, "Normal", "SuccessfulDelete", `Deleted job ${name}`);
}
