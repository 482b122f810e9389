import type { ApiObject, ResourceInfo } from "../../../lib/api/resource-info.ts";
import { CliError } from "../cli-error.ts";
import type { Context } from "../context.ts";
import { ObjectTable, type TableSettings } from "../print/object-table.ts";
import type { ObjectPrinter } from "../print/output-format.ts";
import { checkSelection, getObject, listObjects, type Selection } from "../request/objects.ts";
import type { ResourceRequest } from "../request/resource-arguments.ts";
import { watchChanges } from "../request/watch.ts";

export interface WatchSettings extends Selection {
  readonly watchOnly: boolean;
  /** Absent: a table is printed. */
  readonly printer: ObjectPrinter | undefined;
  readonly table: (info: ResourceInfo) => TableSettings;
}

/** Prints what there is of one kind, then every change, until it is stopped. */
export async function getAndWatch(
  context: Context,
  requests: readonly ResourceRequest[],
  settings: WatchSettings,
): Promise<void> {
  checkSelection(requests, settings);
  const { info, names } = onlyOne(requests);
  const name = names?.[0];
  const { objects, resourceVersion } = await present(context, info, name, settings);
  const show = shower(context, info, settings);
  if (!settings.watchOnly && objects.length > 0) await show(objects);
  const selection = { selector: settings.selector ?? "", fieldSelector: settings.fieldSelector ?? "" };
  const where = { ...selection, allNamespaces: settings.allNamespaces ?? false, name };
  for await (const { object } of watchChanges(context, info, where, resourceVersion)) await show([object]);
}

function onlyOne(requests: readonly ResourceRequest[]): ResourceRequest {
  const [only, ...more] = requests;
  if (!only || more.length > 0) throw new CliError("you may only specify a single resource type");
  if ((only.names?.length ?? 0) > 1)
    throw new CliError(
      "watch is only supported on individual resources and resource collections - more than 1 resource was found",
    );
  return only;
}

async function present(context: Context, info: ResourceInfo, name: string | undefined, selection: Selection) {
  if (name === undefined) return listObjects(context, info, selection);
  const object = await getObject(context, info, name);
  return { objects: [object], resourceVersion: object.metadata?.resourceVersion ?? "" };
}

function shower(context: Context, info: ResourceInfo, { printer, table: settings }: WatchSettings) {
  const { stdout, clock } = context.io;
  if (!printer) {
    const table = new ObjectTable(info, settings(info));
    return async (objects: readonly ApiObject[]) => stdout.write(table.rows(objects, clock.now()));
  }
  return async (objects: readonly ApiObject[]) => {
    for (const object of objects) await stdout.write(await printer([{ info, object }], false));
  };
}
