import { CliError, usageError } from "../cli-error.ts";
import type { Context } from "../context.ts";
import { toggle } from "../flags.ts";
import { filenameFlags, selectorFlag } from "./common-flags.ts";
import { readManifests } from "./manifests.ts";
import { type Fetched, fetchAll } from "./objects.ts";
import { readResourceArguments } from "./resource-arguments.ts";

/** Flags of commands that change objects which exist. */
export const targetFlags = {
  ...filenameFlags,
  selector: selectorFlag,
  all: toggle("--all", "Select all resources of the given kinds in the namespace"),
};

/** Finds the objects to change: those of files, those named, or those selected. @throws CliError when none is meant */
export async function findTargets(
  context: Context,
  command: string,
  args: readonly string[],
  flags: { filename: readonly string[]; recursive: boolean; selector: string; all: boolean },
): Promise<Fetched> {
  if (flags.filename.length > 0) {
    const manifests = await readManifests(context, flags);
    return fetchAll(
      context,
      manifests.map(({ info, name }) => ({ info, names: [name] })),
    );
  }
  const requests = readResourceArguments(args);
  if (requests.length === 0)
    throw usageError(command, "one or more resources must be specified as <resource> <name> or <resource>/<name>");
  if (!requests.every(({ names }) => names) && !flags.all && !flags.selector)
    throw new CliError("resource(s) were provided, but no name was specified");
  return fetchAll(context, requests, flags);
}
