import { throwAll, usageError } from "../cli-error.ts";
import { type CommandInput, defineCommand } from "../command.ts";
import type { Context } from "../context.ts";
import { integer, list, text, toggle } from "../flags.ts";
import { ObjectTable, type TableSettings } from "../print/object-table.ts";
import { objectPrinter } from "../print/output-format.ts";
import { sortFound } from "../print/sort-found.ts";
import {
  allNamespacesFlag,
  fieldSelectorFlag,
  filenameFlags,
  outputFlag,
  selectorFlag,
} from "../request/common-flags.ts";
import { readManifests } from "../request/manifests.ts";
import { type Found, fetchAll } from "../request/objects.ts";
import { type ResourceRequest, readResourceArguments } from "../request/resource-arguments.ts";
import { getAndWatch } from "./get-watch.ts";

const flags = {
  ...filenameFlags,
  output: outputFlag,
  selector: selectorFlag,
  fieldSelector: fieldSelectorFlag,
  allNamespaces: allNamespacesFlag,
  watch: toggle("-w, --watch", "After listing, watch for changes"),
  watchOnly: toggle("--watch-only", "Watch for changes without listing first"),
  showLabels: toggle("--show-labels", "Show all labels as the last column"),
  labelColumns: list("-L, --label-columns <labels>", "Labels that are shown as columns"),
  noHeaders: toggle("--no-headers", "Don't print headers"),
  showKind: toggle("--show-kind", "Show the kind before each name"),
  sortBy: text("--sort-by <path>", "Sort by this field, a JSONPath expression such as {.metadata.name}"),
  ignoreNotFound: toggle("--ignore-not-found", "Exit with 0 when the object does not exist"),
  showManagedFields: toggle("--show-managed-fields", "Keep the managedFields in JSON and YAML"),
  chunkSize: integer("--chunk-size <count>", "Get lists in pages of this size; 0 gets all at once", 500),
};

export const command = defineCommand({
  usage:
    "[(-o|--output=)json|yaml|name|jsonpath|custom-columns|wide] (TYPE[,TYPE...] [NAME | -l label] | TYPE/NAME ...)",
  summary: "Display one or many resources",
  examples: ["typectl get pods -o wide", "typectl get deployments,services -A", "typectl get pod web-1 -o yaml"],
  flags,
  run: get,
});

type Input = CommandInput<typeof flags>;

async function get(input: Input): Promise<void> {
  const { context, flags, args } = input;
  const requests = flags.filename.length > 0 ? await requestsOfFiles(input) : readResourceArguments(args);
  if (requests.length === 0) {
    await context.note(
      'You must specify the type of resource to get. Use "typectl api-resources" for a complete list of supported resources.\n',
    );
    throw usageError("get", "Required resource not specified.");
  }
  const printer = await objectPrinter(flags.output, flags);
  if (flags.watch || flags.watchOnly)
    return getAndWatch(context, requests, { ...flags, printer, table: tableSettings(input, false) });
  const { found, errors } = await fetchAll(context, requests, flags);
  const sorted = flags.sortBy ? sortFound(found, flags.sortBy) : found;
  const isList = !(requests.length === 1 && requests[0]?.names?.length === 1);
  if (printer) {
    // A single object that was not found is told, not printed as an empty list.
    if (isList || found.length > 0) await context.io.stdout.write(await printer(sorted, isList));
  } else await printTables(input, requests, sorted, errors.length > 0);
  throwAll(errors);
}

async function requestsOfFiles({ context, flags }: Input): Promise<ResourceRequest[]> {
  const manifests = await readManifests(context, flags);
  return manifests.map(({ info, name }) => ({ info, names: [name] }));
}

async function printTables(
  input: Input,
  requests: readonly ResourceRequest[],
  found: readonly Found[],
  failed: boolean,
): Promise<void> {
  const { context, flags } = input;
  if (found.length === 0) {
    if (!failed && !flags.ignoreNotFound)
      await context.note(await nothingFound(context, requests, flags.allNamespaces));
    return;
  }
  const groups = groupByKind(found);
  const kinds = new Set(requests.map(({ info }) => info));
  const texts = groups.map((group) => {
    const table = new ObjectTable(group[0]!.info, tableSettings(input, kinds.size > 1)(group[0]!.info));
    return table.rows(
      group.map(({ object }) => object),
      context.io.clock.now(),
    );
  });
  await context.io.stdout.write(texts.join("\n"));
}

function tableSettings({ flags }: Input, several: boolean): (info: Found["info"]) => TableSettings {
  return (info) => ({
    wide: flags.output === "wide",
    headers: !flags.noHeaders,
    withNamespace: flags.allNamespaces && info.namespaced,
    withKind: several || flags.showKind,
    showLabels: flags.showLabels,
    labelColumns: flags.labelColumns,
  });
}

/** Objects of the same kind that stand beside each other. */
function groupByKind(found: readonly Found[]): Found[][] {
  const groups: Found[][] = [];
  for (const one of found) {
    const last = groups.at(-1);
    if (last?.[0]?.info === one.info) last.push(one);
    else groups.push([one]);
  }
  return groups;
}

async function nothingFound(
  context: Context,
  requests: readonly ResourceRequest[],
  allNamespaces: boolean,
): Promise<string> {
  if (allNamespaces || !requests.some(({ info }) => info.namespaced)) return "No resources found";
  return `No resources found in ${(await context.connect()).namespace} namespace.`;
}
