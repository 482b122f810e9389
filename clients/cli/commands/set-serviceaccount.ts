import { CliError } from "../cli-error.ts";
import { defineCommand } from "../command.ts";
import { setFields, setFlags, templateOf } from "../request/set-fields.ts";
import { patchAt } from "../request/workloads.ts";

export const command = defineCommand({
  usage: "(-f FILENAME | TYPE NAME) SERVICE_ACCOUNT",
  summary: "Update the service account of a resource",
  examples: ["typectl set serviceaccount deployment web builder"],
  flags: setFlags,
  async run({ context, flags, args }) {
    const name = args.at(-1);
    if (name === undefined) throw new CliError("serviceaccount is required");
    const words = { command: "set serviceaccount", args: args.slice(0, -1), done: "serviceaccount updated" };
    await setFields(context, words, flags, (found) =>
      patchAt([...templateOf(found).path, "spec"], { serviceAccountName: name }),
    );
  },
});
