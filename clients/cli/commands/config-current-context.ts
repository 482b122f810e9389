import { CliError } from "../cli-error.ts";
import { defineCommand } from "../command.ts";
import { textOf } from "../config-file.ts";
import { readConfig } from "../find-access.ts";

export const command = defineCommand({
  usage: "",
  summary: "Display the current context",
  examples: ["typectl config current-context"],
  flags: {},
  async run({ context }) {
    const current = textOf(await readConfig(context.io, context.global), "current-context");
    if (!current) throw new CliError("current-context is not set");
    await context.print(current);
  },
});
