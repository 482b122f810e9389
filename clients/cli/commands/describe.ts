import { isStatusError } from "../../../lib/base/status-error.ts";
import { throwAll, usageError } from "../cli-error.ts";
import { defineCommand } from "../command.ts";
import type { Context } from "../context.ts";
import { toggle } from "../flags.ts";
import { describe } from "../print/describe/describe.ts";
import { allNamespacesFlag, filenameFlags, selectorFlag } from "../request/common-flags.ts";
import { readManifests } from "../request/manifests.ts";
import { type Found, fetchAll, listObjects } from "../request/objects.ts";
import { type ResourceRequest, readResourceArguments } from "../request/resource-arguments.ts";

export const command = defineCommand({
  usage: "(-f FILENAME | TYPE [NAME_PREFIX | -l label] | TYPE/NAME)",
  summary: "Show details of a specific resource or group of resources",
  examples: ["typectl describe nodes node-1", "typectl describe pods/web-1", "typectl describe pods -l app=web"],
  flags: {
    ...filenameFlags,
    selector: selectorFlag,
    allNamespaces: allNamespacesFlag,
    showEvents: toggle("--show-events", "Show what happened to the object", true),
  },
  async run({ context, flags, args }) {
    const requests =
      flags.filename.length > 0
        ? (await readManifests(context, flags)).map(({ info, name }) => ({ info, names: [name] }))
        : readResourceArguments(args);
    if (requests.length === 0)
      throw usageError(
        "describe",
        'You must specify the type of resource to describe. Use "typectl api-resources" for a complete list of supported resources.',
      );
    const { found, errors } = await find(context, requests, flags);
    const texts: string[] = [];
    for (const { info, object } of found) texts.push(await describe(context, info, object, flags.showEvents));
    await context.io.stdout.write(texts.join("\n\n"));
    if (found.length === 0 && errors.length === 0)
      await context.note(
        flags.allNamespaces
          ? "No resources found"
          : `No resources found in ${(await context.connect()).namespace} namespace.`,
      );
    throwAll(errors);
  },
});

interface Settings {
  readonly selector: string;
  readonly allNamespaces: boolean;
}

/** What is asked for; a name that nothing has is taken for the beginning of names. */
async function find(context: Context, requests: readonly ResourceRequest[], settings: Settings) {
  const { found, errors } = await fetchAll(context, requests, settings);
  const [request] = requests;
  const prefix = request?.names?.[0];
  const isOneMissing = requests.length === 1 && request?.names?.length === 1 && isStatusError(errors[0], "NotFound");
  if (!request || prefix === undefined || !isOneMissing) return { found, errors };
  const { objects } = await listObjects(context, request.info);
  const named: Found[] = objects
    .filter(({ metadata }) => metadata?.name?.startsWith(prefix))
    .map((object) => ({ info: request.info, object }));
  return named.length > 0 ? { found: named, errors: [] } : { found, errors };
}
