import { isRecord } from "../../../lib/api/records.ts";
import { CliError } from "../cli-error.ts";
import { defineCommand } from "../command.ts";
import { entriesOf, readConfigFile, textOf, writeConfigFile } from "../config-file.ts";
import { kubeconfigPath } from "../find-access.ts";
import { text, toggle } from "../flags.ts";

export const command = defineCommand({
  usage: "[NAME | --current] [--cluster=cluster] [--user=user] [--namespace=namespace]",
  summary: "Set a context entry in the kubeconfig",
  examples: ["typectl config set-context --current --namespace=shop"],
  flags: {
    current: toggle("--current", "Change the current context"),
    cluster: text("--cluster <name>", "The cluster of the context"),
    user: text("--user <name>", "The user of the context"),
  },
  async run({ context, flags, args }) {
    const path = kubeconfigPath(context.io, context.global);
    const config = await readConfigFile(path);
    const name = flags.current ? textOf(config, "current-context") : (args[0] ?? "");
    if (!name)
      throw new CliError(flags.current ? "no current context is set" : "a context name is required, or --current");
    const set = { cluster: flags.cluster, user: flags.user, namespace: context.global.namespace };
    const given = Object.fromEntries(Object.entries(set).filter(([, value]) => value !== ""));
    const old = entriesOf(config, "contexts").find((entry) => entry.name === name);
    if (flags.current && !old) throw new CliError(`no context exists with the name: ${JSON.stringify(name)}`);
    const items: unknown[] = Array.isArray(config["contexts"]) ? config["contexts"] : [];
    const others = items.filter((item) => !(isRecord(item) && item["name"] === name));
    await writeConfigFile(path, { ...config, contexts: [...others, { context: { ...old?.value, ...given }, name }] });
    await context.print(`Context ${JSON.stringify(name)} ${old ? "modified" : "created"}.`);
  },
});
