import type { Event } from "../../../gen/typernetes/core/v1/event.ts";
import { humanDuration } from "../../../lib/api/human-duration.ts";
import { CliError } from "../cli-error.ts";
import { defineCommand } from "../command.ts";
import type { Context } from "../context.ts";
import { list, text, toggle } from "../flags.ts";
import { objectPrinter } from "../print/output-format.ts";
import { cellText, TableText } from "../print/table.ts";
import { allNamespacesFlag, outputFlag } from "../request/common-flags.ts";
import { listObjects, namespaceFor, withKind } from "../request/objects.ts";
import { readOneObject } from "../request/resource-arguments.ts";
import { watchChanges } from "../request/watch.ts";
import { knownKind } from "../request/workloads.ts";

export const command = defineCommand({
  usage: "[(-o|--output=)json|yaml|name|jsonpath] [--for TYPE/NAME] [--watch] [--types=Normal,Warning]",
  summary: "List events",
  examples: ["typectl events", "typectl events --for pod/web-1 --watch", "typectl events --types=Warning -A"],
  flags: {
    allNamespaces: allNamespacesFlag,
    for: text("--for <type/name>", "Only events about this object"),
    types: list("--types <types>", "Only events of these types: Normal, Warning"),
    watch: toggle("-w, --watch", "After listing, watch for more"),
    noHeaders: toggle("--no-headers", "Don't print headers"),
    output: outputFlag,
  },
  async run({ context, flags }) {
    const info = knownKind("", "events");
    const printer = await objectPrinter(flags.output);
    const selection = { fieldSelector: about(flags.for), allNamespaces: flags.allNamespaces };
    const isMeant = meant(flags.types);
    const { objects, resourceVersion } = await listObjects(context, info, selection);
    const events = objects.filter(isMeant).sort((left: Event, right: Event) => lastSeen(left) - lastSeen(right));
    if (printer)
      return context.io.stdout.write(
        await printer(
          events.map((object) => ({ info, object: withKind(info, object) })),
          true,
        ),
      );
    const table = new TableText();
    const nowMs = () => context.io.clock.now();
    const header = [...(flags.allNamespaces ? ["NAMESPACE"] : []), "LAST SEEN", "TYPE", "REASON", "OBJECT", "MESSAGE"];
    const rows = events.map((event) => rowOf(event, flags.allNamespaces, nowMs()));
    if (rows.length === 0 && !flags.watch) return context.note(await nothing(context, flags.allNamespaces));
    await context.io.stdout.write(table.format([...(flags.noHeaders ? [] : [header]), ...rows]));
    if (!flags.watch) return;
    for await (const { type, object } of watchChanges(context, info, selection, resourceVersion))
      if (type !== "DELETED" && isMeant(object))
        await context.io.stdout.write(table.format([rowOf(object, flags.allNamespaces, nowMs())]));
  },
});

function about(object: string): string {
  if (!object) return "";
  if (!object.includes("/")) throw new CliError("--for must be in resource/name form");
  const { info, name } = readOneObject([object], "pods");
  return `involvedObject.kind=${info.kind},involvedObject.name=${name}`;
}

function meant(types: readonly string[]): (event: Event) => boolean {
  const wanted = types.map((type) => type.toLowerCase());
  const unknown = types.find((type) => !["normal", "warning"].includes(type.toLowerCase()));
  if (unknown !== undefined) throw new CliError("valid --types are Normal or Warning");
  return ({ type = "" }) => wanted.length === 0 || wanted.includes(type.toLowerCase());
}

async function nothing(context: Context, allNamespaces: boolean): Promise<string> {
  if (allNamespaces) return "No events found.";
  const { namespace } = await namespaceFor(context, knownKind("", "events"));
  return `No events found in ${namespace} namespace.`;
}

function lastSeen({ series, lastTimestamp, eventTime, metadata }: Event): number {
  return Date.parse(series?.lastObservedTime ?? lastTimestamp ?? eventTime ?? metadata?.creationTimestamp ?? "") || 0;
}

function rowOf(event: Event, withNamespace: boolean, nowMs: number): string[] {
  const { kind = "", name = "" } = event.involvedObject ?? {};
  const count = event.series?.count ?? event.count ?? 1;
  const since = (time: number) => (time ? humanDuration(nowMs - time) : "<unknown>");
  const first = Date.parse(event.firstTimestamp ?? event.eventTime ?? "") || lastSeen(event);
  const seen = count > 1 ? `${since(lastSeen(event))} (x${count} over ${since(first)})` : since(lastSeen(event));
  const cells = [seen, event.type ?? "", event.reason ?? "", `${kind}/${name}`, (event.message ?? "").trim()];
  return [...(withNamespace ? [event.metadata?.namespace ?? ""] : []), ...cells.map(cellText)];
}
