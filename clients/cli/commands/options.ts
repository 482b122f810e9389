import { defineCommand } from "../command.ts";
import { globalFlags } from "../global-flags.ts";

export const command = defineCommand({
  usage: "",
  summary: "Print the flags that every command has",
  examples: ["typectl options"],
  flags: {},
  async run({ context }) {
    const flags = Object.values(globalFlags);
    const width = Math.max(...flags.map(({ syntax }) => syntax.length)) + 2;
    await context.print(
      `The following options can be passed to any command:\n\n${flags.map(({ syntax, help }) => `  ${syntax.padEnd(width)}${help}`).join("\n")}`,
    );
  },
});
