import { strategies } from "../../../lib/resources/list.ts";
import { defineCommand } from "../command.ts";
import { customInfos, loadCustomKindsIfAny } from "../request/custom-kinds.ts";

export const command = defineCommand({
  usage: "",
  summary: 'Print the supported API versions on the server, in the form of "group/version"',
  examples: ["typectl api-versions"],
  flags: {},
  async run({ context }) {
    await loadCustomKindsIfAny(context);
    const kinds = [...strategies.map(({ schema }) => schema), ...customInfos()];
    const versions = new Set(kinds.map(({ group, version }) => (group ? `${group}/${version}` : version)));
    await context.io.stdout.write(
      [...versions]
        .sort()
        .map((version) => `${version}\n`)
        .join(""),
    );
  },
});
