import { strategies } from "../../../lib/resources/list.ts";
import { defineCommand } from "../command.ts";

export const command = defineCommand({
  usage: "",
  summary: 'Print the supported API versions on the server, in the form of "group/version"',
  flags: {},
  async run({ context }) {
    const versions = new Set(
      strategies.map(({ schema: { group, version } }) => (group ? `${group}/${version}` : version)),
    );
    await context.io.stdout.write(
      [...versions]
        .sort()
        .map((version) => `${version}\n`)
        .join(""),
    );
  },
});
