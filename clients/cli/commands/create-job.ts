import type { CronJob } from "../../../gen/typernetes/batch/v1/cron_job.ts";
import { CliError } from "../cli-error.ts";
import { defineCommand } from "../command.ts";
import type { Context } from "../context.ts";
import { text } from "../flags.ts";
import { createFlags, createMade, onlyName } from "../request/create-flags.ts";
import { getObject } from "../request/objects.ts";
import { readOneObject } from "../request/resource-arguments.ts";

export const command = defineCommand({
  usage: "NAME --image=image [--from=cronjob/name] -- [COMMAND] [args...]",
  summary: "Create a job with the specified name",
  examples: [
    "typectl create job once --image=example/tidy:1 -- tidy --all",
    "typectl create job once --from=cronjob/tidy",
  ],
  flags: {
    ...createFlags,
    image: text("--image <name>", "Image name to run"),
    from: text("--from <cronjob/name>", "The cron job to create the job of"),
  },
  async run({ context, flags, args, afterDash = [] }) {
    const name = onlyName("create job", args);
    if ((flags.image === "") === (flags.from === "")) throw new CliError("either --image or --from must be specified");
    if (flags.from && afterDash.length > 0) throw new CliError("cannot specify --from and command");
    const object = flags.from
      ? await jobOfCronJob(context, name, flags.from)
      : jobOfImage(name, flags.image, afterDash);
    await createMade(context, object, flags);
  },
});

function jobOfImage(name: string, image: string, words: readonly string[]) {
  const container = { name, image, ...(words.length > 0 ? { command: [...words] } : {}) };
  const template = { spec: { containers: [container], restartPolicy: "Never" } };
  return { apiVersion: "batch/v1", kind: "Job", metadata: { name }, spec: { template } };
}

async function jobOfCronJob(context: Context, name: string, from: string) {
  const { info, name: source } = readOneObject([from], "cronjobs");
  if (info.group !== "batch" || info.kind !== "CronJob") throw new CliError("from must be an existing cronjob");
  const cronJob: CronJob = await getObject(context, info, source);
  const template = cronJob.spec?.jobTemplate;
  const { uid = "" } = cronJob.metadata ?? {};
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: {
      name,
      annotations: { "cronjob.kubernetes.io/instantiate": "manual", ...template?.metadata?.annotations },
      ...(template?.metadata?.labels ? { labels: template.metadata.labels } : {}),
      ownerReferences: [{ apiVersion: "batch/v1", kind: "CronJob", name: source, uid, controller: true }],
    },
    spec: template?.spec,
  };
}
