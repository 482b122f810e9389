import { CliError } from "../cli-error.ts";
import { defineCommand } from "../command.ts";
import { entriesOf, textOf } from "../config-file.ts";
import { readConfig } from "../find-access.ts";
import { text, toggle } from "../flags.ts";
import { TableText } from "../print/table.ts";

export const command = defineCommand({
  usage: "[NAME...]",
  summary: "Describe one or many contexts",
  examples: ["typectl config get-contexts", "typectl config get-contexts -o name"],
  flags: { noHeaders: toggle("--no-headers", "Don't print headers"), output: text("-o, --output <format>", "name") },
  async run({ context, flags, args }) {
    const config = await readConfig(context.io, context.global);
    const current = textOf(config, "current-context");
    const all = entriesOf(config, "contexts");
    const missing = args.find((name) => !all.some((entry) => entry.name === name));
    if (missing !== undefined) throw new CliError(`context ${missing} not found`);
    const shown = args.length > 0 ? all.filter(({ name }) => args.includes(name)) : all;
    if (flags.output === "name") return context.io.stdout.write(shown.map(({ name }) => `${name}\n`).join(""));
    const rows = shown.map(({ name, value }) => [
      name === current ? "*" : "",
      name,
      textOf(value, "cluster"),
      textOf(value, "user"),
      textOf(value, "namespace"),
    ]);
    const header = ["CURRENT", "NAME", "CLUSTER", "AUTHINFO", "NAMESPACE"];
    await context.io.stdout.write(new TableText().format(flags.noHeaders ? rows : [header, ...rows]));
  },
});
