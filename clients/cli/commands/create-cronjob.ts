import { CliError } from "../cli-error.ts";
import { defineCommand } from "../command.ts";
import { text } from "../flags.ts";
import { createFlags, createMade, onlyName } from "../request/create-flags.ts";

export const command = defineCommand({
  usage: "NAME --image=image --schedule='0/5 * * * ?' -- [COMMAND] [args...]",
  summary: "Create a cron job with the specified name",
  examples: ['typectl create cronjob tidy --image=example/tidy:1 --schedule="*/5 * * * *" -- tidy --all'],
  flags: {
    ...createFlags,
    image: text("--image <name>", "Image name to run"),
    schedule: text("--schedule <schedule>", "When to run, in the format of cron"),
    restart: text("--restart <policy>", "The pod's restart policy: OnFailure or Never", "OnFailure"),
  },
  async run({ context, flags, args, afterDash = [] }) {
    const name = onlyName("create cronjob", args);
    if (!flags.image) throw new CliError('required flag(s) "image" not set');
    if (!flags.schedule) throw new CliError('required flag(s) "schedule" not set');
    const container = { name, image: flags.image, ...(afterDash.length > 0 ? { command: [...afterDash] } : {}) };
    const template = { spec: { containers: [container], restartPolicy: flags.restart } };
    const object = {
      apiVersion: "batch/v1",
      kind: "CronJob",
      metadata: { name },
      spec: { schedule: flags.schedule, jobTemplate: { metadata: { name }, spec: { template } } },
    };
    await createMade(context, object, flags);
  },
});
