import { CliError } from "../cli-error.ts";
import { defineCommand } from "../command.ts";
import { entriesOf, readConfigFile, writeConfigFile } from "../config-file.ts";
import { kubeconfigPath } from "../find-access.ts";
import { onlyName } from "../request/create-flags.ts";

export const command = defineCommand({
  usage: "CONTEXT_NAME",
  summary: "Set the current context of the kubeconfig",
  examples: ["typectl config use-context work"],
  flags: {},
  async run({ context, args }) {
    const name = onlyName("config use-context", args);
    const path = kubeconfigPath(context.io, context.global);
    const config = await readConfigFile(path);
    if (!entriesOf(config, "contexts").some((entry) => entry.name === name))
      throw new CliError(`no context exists with the name: ${JSON.stringify(name)}`);
    await writeConfigFile(path, { ...config, "current-context": name });
    await context.print(`Switched to context ${JSON.stringify(name)}.`);
  },
});
