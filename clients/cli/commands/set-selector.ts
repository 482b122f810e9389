import { CliError } from "../cli-error.ts";
import { defineCommand } from "../command.ts";
import { readLabelPairs } from "../request/pairs.ts";
import { setFields, setFlags } from "../request/set-fields.ts";

export const command = defineCommand({
  usage: "(-f FILENAME | TYPE NAME) EXPRESSIONS",
  summary: "Set the selector on a resource",
  examples: ["typectl set selector service web app=web,tier=front"],
  flags: setFlags,
  async run({ context, flags, args }) {
    const expression = args.at(-1) ?? "";
    if (!expression.includes("=")) throw new CliError("one selector is required");
    const selector = readLabelPairs(expression);
    const words = { command: "set selector", args: args.slice(0, -1), done: "selector updated" };
    await setFields(context, words, flags, ({ info }) => {
      if (info.kind !== "Service") throw new CliError(`setting a selector is only supported for Services`);
      return { spec: { selector: { $patch: "replace", ...selector } } };
    });
  },
});
