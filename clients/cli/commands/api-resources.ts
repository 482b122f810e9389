import { type ResourceInfo, resourceInfos } from "../../../lib/api/resource-info.ts";
import { strategies } from "../../../lib/resources/list.ts";
import { CliError, usageError } from "../cli-error.ts";
import { defineCommand } from "../command.ts";
import { list, text, toggle } from "../flags.ts";
import { TableText } from "../print/table.ts";
import { customInfos, loadCustomKindsIfAny } from "../request/custom-kinds.ts";

export const command = defineCommand({
  usage: "[--namespaced=true|false] [--api-group=GROUP] [--verbs=VERB,...]",
  summary: "Print the supported API resources on the server",
  examples: [
    "typectl api-resources",
    "typectl api-resources --namespaced=true -o wide",
    "typectl api-resources --api-group=apps --verbs=list,watch",
  ],
  flags: {
    apiGroup: text("--api-group <group>", "Only resources of this API group", "*"),
    namespaced: text("--namespaced <bool>", "Only resources that are in namespaces, or that are not"),
    noHeaders: toggle("--no-headers", "Don't print headers"),
    output: text("-o, --output <format>", "One of: (wide, name)"),
    sortBy: text("--sort-by <field>", "Sort by 'name' or 'kind'"),
    verbs: list("--verbs <verbs>", "Only resources that support all these verbs"),
    categories: list("--categories <names>", "Only resources of all these categories"),
    cached: toggle("--cached", "Accepted for kubectl's sake: only custom kinds are asked for"),
  },
  async run({ context, flags, args }) {
    if (args.length > 0) throw usageError("api-resources", `unexpected arguments: [${args.join(" ")}]`);
    if (!["", "wide", "name"].includes(flags.output)) throw new CliError(`--output ${flags.output} is not available`);
    if (!["", "name", "kind"].includes(flags.sortBy)) throw new CliError("--sort-by accepts only name or kind");
    const served = new Set(strategies.map(({ schema }) => schema.message));
    await loadCustomKindsIfAny(context);
    const shown = [...resourceInfos.filter(({ message }) => served.has(message)), ...customInfos()]
      .filter(({ group }) => flags.apiGroup === "*" || group === flags.apiGroup)
      .filter(({ namespaced }) => flags.namespaced === "" || String(namespaced) === flags.namespaced)
      .filter(({ verbs }) => flags.verbs.every((verb) => verbs.includes(verb)))
      .filter(({ categories }) => flags.categories.every((category) => categories.includes(category)))
      .sort(flags.sortBy === "kind" ? byKind : flags.sortBy === "name" ? byName : byGroup);
    if (flags.output === "name")
      await context.io.stdout.write(shown.map(({ qualifiedName }) => `${qualifiedName}\n`).join(""));
    else await context.io.stdout.write(table(shown, flags.output === "wide", !flags.noHeaders));
  },
});

function byKind(left: ResourceInfo, right: ResourceInfo): number {
  return left.kind < right.kind ? -1 : 1;
}

function byName(left: ResourceInfo, right: ResourceInfo): number {
  return left.plural < right.plural ? -1 : 1;
}

function byGroup(left: ResourceInfo, right: ResourceInfo): number {
  return left.group === right.group ? byName(left, right) : left.group < right.group ? -1 : 1;
}

function table(shown: readonly ResourceInfo[], isWide: boolean, hasHeaders: boolean): string {
  const wide = (verbs: string, categories: string) => (isWide ? [verbs, categories] : []);
  const rows = shown.map(({ plural, shortNames, apiVersion, namespaced, kind, verbs, categories }) => [
    plural,
    shortNames.join(","),
    apiVersion,
    String(namespaced),
    kind,
    ...wide(verbs.join(","), categories.join(",")),
  ]);
  const header = ["NAME", "SHORTNAMES", "APIVERSION", "NAMESPACED", "KIND", ...wide("VERBS", "CATEGORIES")];
  return new TableText().format(hasHeaders ? [header, ...rows] : rows);
}
