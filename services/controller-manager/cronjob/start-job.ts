import type { CronJob } from "../../../gen/typernetes/batch/v1/cron_job.ts";
import type { Job } from "../../../gen/typernetes/batch/v1/job.ts";
import { rfc3339 } from "../../../lib/base/rfc3339.ts";
import { isStatusError } from "../../../lib/base/status-error.ts";
import { controllerReference, isControlledBy } from "../../../lib/controller/controller-ref.ts";
import { isNamespaceTerminating, messageOf } from "../failures.ts";
import { type CronSync, cronJobKind, deleteJob, flush, isListed } from "./cron-sync.ts";
import type { MissedTime } from "./missed.ts";
import { rfc3339In } from "./zone.ts";

/** Starts the job of a time that has come, as far as the cron job lets it start late and beside others. */
export async function startJob(sync: CronSync, { timeMs, isOneOfMany }: MissedTime): Promise<void> {
  const { context, status, nowMs, cron } = sync;
  const { startingDeadlineSeconds, concurrencyPolicy } = cron.spec ?? {};
  if (isOneOfMany) {
    const message = "too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew";
    context.recorder.event(cron, "Warning", "TooManyMissedTimes", message);
  }
  if (startingDeadlineSeconds !== undefined && timeMs + startingDeadlineSeconds * 1000 < nowMs) {
    const message = `Missed scheduled time to start a job: ${new Date(timeMs).toUTCString().replace("GMT", "+0000")}`;
    return context.recorder.event(cron, "Warning", "MissSchedule", message);
  }
  const name = jobName(cron, timeMs);
  if (status.active?.some((reference) => reference.name === name)) return;
  if (concurrencyPolicy === "Forbid" && status.active?.length) {
    const message = "Not starting job because prior execution is running and concurrency policy is Forbid";
    return context.recorder.event(cron, "Normal", "JobAlreadyActive", message);
  }
  if (concurrencyPolicy === "Replace") {
    const running = sync.jobs.filter(({ metadata }) => isListed(status, metadata?.uid));
    for (const job of running) await deleteJob(sync, job);
  }
  const job = await createJob(sync, jobFor(cron, name, timeMs));
  if (!job) return;
  status.lastScheduleTime = rfc3339(timeMs);
  if (!isListed(status, job.metadata?.uid)) status.active = [...(status.active ?? []), referenceTo(job)];
  await flush(sync);
}

/** Named by the minute, so that no time has two jobs. */
function jobName({ metadata }: CronJob, timeMs: number): string {
  return `${metadata?.name}-${Math.floor(timeMs / 60_000)}`;
}

function jobFor(cron: CronJob, name: string, timeMs: number): Job {
  const { metadata, spec } = cron.spec?.jobTemplate ?? {};
  const scheduled = rfc3339In(timeMs, cron.spec?.timeZone);
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: {
      namespace: cron.metadata?.namespace,
      name,
      labels: metadata?.labels,
      annotations: { ...metadata?.annotations, "batch.kubernetes.io/cronjob-scheduled-timestamp": scheduled },
      ownerReferences: [controllerReference(cron, cronJobKind)],
    },
    spec,
  };
}

/** Undefined when there is nothing to note: the namespace goes, or the name is somebody else's. */
async function createJob({ context, cron }: CronSync, wish: Job): Promise<Job | undefined> {
  const { client, recorder } = context;
  const { name = "", namespace } = wish.metadata ?? {};
  try {
    const job = await client.batch.v1.jobs.create(wish);
    recorder.event(cron, "Normal", "SuccessfulCreate", `Created job ${name}`);
    return job;
  } catch (error) {
    if (isNamespaceTerminating(error)) return undefined;
    if (isStatusError(error, "AlreadyExists")) {
      // Made before, and the status not written.
      const taken = await client.batch.v1.jobs.get(name, { namespace });
      return isControlledBy(taken, cron) ? taken : undefined;
    }
    recorder.event(cron, "Warning", "FailedCreate", `Error creating job: ${messageOf(error)}`);
    throw error;
  }
}

function referenceTo({ metadata }: Job) {
  const { namespace, name, uid, resourceVersion } = metadata ?? {};
  return { apiVersion: "batch/v1", kind: "Job", namespace, name, uid, resourceVersion };
}
