import type { Job } from "../../../gen/typernetes/batch/v1/job.ts";
import { isStatusError } from "../../../lib/base/status-error.ts";
import { finishedCondition } from "../job/conditions.ts";
import { type CronSync, deleteJob, dropListed, isListed } from "./cron-sync.ts";

/** Brings the list of active jobs and the time of the last success up to date. */
export async function observeJobs(sync: CronSync): Promise<void> {
  const { context, status, jobs, cron } = sync;
  for (const job of jobs) {
    const { uid, name } = job.metadata ?? {};
    const finished = finishedCondition(job);
    if (finished && isListed(status, uid)) {
      dropListed(status, uid);
      const message = `Saw completed job: ${name}, condition: ${finished.type}`;
      context.recorder.event(cron, "Normal", "SawCompletedJob", message);
    }
    if (finished?.type === "Complete") noteSuccess(sync, job);
    if (!finished && !isListed(status, uid) && !(await isListedNow(sync, uid))) {
      const message = `Saw a job that the controller did not create or forgot: ${name}`;
      context.recorder.event(cron, "Warning", "UnexpectedJob", message);
    }
  }
  for (const { uid, name = "", namespace } of [...(status.active ?? [])]) {
    if (jobs.some((job) => job.metadata?.uid === uid)) continue;
    // The cache may not show a new job yet.
    if (await jobExists(sync, { uid, name, namespace })) continue;
    context.recorder.event(cron, "Normal", "MissingJob", `Active job went missing: ${name}`);
    dropListed(status, uid);
  }
}

/** Deletes the oldest finished jobs beyond what the history is to keep. */
export async function trimHistory(sync: CronSync): Promise<void> {
  const { successfulJobsHistoryLimit, failedJobsHistoryLimit } = sync.cron.spec ?? {};
  await trim(sync, "Complete", successfulJobsHistoryLimit);
  await trim(sync, "Failed", failedJobsHistoryLimit);
}

async function trim(sync: CronSync, condition: string, limit: number | undefined): Promise<void> {
  if (limit === undefined) return;
  const finished = sync.jobs.filter((job) => finishedCondition(job)?.type === condition);
  const oldest = finished.sort(byStart).slice(0, Math.max(0, finished.length - limit));
  for (const job of oldest) if (!job.metadata?.deletionTimestamp) await deleteJob(sync, job);
}

function byStart(left: Job, right: Job): number {
  const [first, second] = [left.status?.startTime ?? "", right.status?.startTime ?? ""];
  if (first !== second) return first < second ? -1 : 1;
  return (left.metadata?.name ?? "") < (right.metadata?.name ?? "") ? -1 : 1;
}

function noteSuccess({ status }: CronSync, { status: job }: Job): void {
  const { completionTime } = job ?? {};
  if (!completionTime) return;
  if (!status.lastSuccessfulTime || Date.parse(completionTime) > Date.parse(status.lastSuccessfulTime))
    status.lastSuccessfulTime = completionTime;
}

async function isListedNow({ context, cron }: CronSync, uid: string | undefined): Promise<boolean> {
  const { name = "", namespace } = cron.metadata ?? {};
  return isListed((await context.client.batch.v1.cronjobs.get(name, { namespace })).status ?? {}, uid);
}

async function jobExists(
  { context }: CronSync,
  { uid, name, namespace }: { uid: string | undefined; name: string; namespace: string | undefined },
): Promise<boolean> {
  try {
    return (await context.client.batch.v1.jobs.get(name, { namespace })).metadata?.uid === uid;
  } catch (error) {
    if (isStatusError(error, "NotFound")) return false;
    throw error;
  }
}
