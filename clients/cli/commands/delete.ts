import { isStatusError } from "../../../lib/base/status-error.ts";
import { CliError, throwAll, usageError } from "../cli-error.ts";
import { type CommandInput, defineCommand } from "../command.ts";
import { duration, integer, optionalText, toggle } from "../flags.ts";
import {
  allNamespacesFlag,
  type DryRun,
  dryRunFlag,
  dryRunOption,
  dryRunSuffix,
  fieldSelectorFlag,
  filenameFlags,
  outputFlag,
  readDryRun,
  selectorFlag,
} from "../request/common-flags.ts";
import { readManifests, withSource } from "../request/manifests.ts";
import { kindPrefix } from "../request/names.ts";
import { clientOf, type Found, fetchAll, isUnreachable } from "../request/objects.ts";
import { readResourceArguments } from "../request/resource-arguments.ts";
import { waitUntilGone } from "../request/wait-until-gone.ts";

const flags = {
  ...filenameFlags,
  output: outputFlag,
  selector: selectorFlag,
  fieldSelector: fieldSelectorFlag,
  allNamespaces: allNamespacesFlag,
  all: toggle("--all", "Delete all resources of the given kinds in the namespace"),
  gracePeriod: integer(
    "--grace-period <seconds>",
    "Time to terminate gracefully; ignored if negative; 0 needs --force",
    -1,
  ),
  force: toggle("--force", "Remove from the API at once, without waiting for the processes to end"),
  now: toggle("--now", "Same as --grace-period=1"),
  cascade: optionalText(
    "--cascade",
    'What happens to dependents: "background", "orphan" or "foreground"',
    "background",
    "background",
  ),
  wait: toggle("--wait", "Wait until the resources are gone", true),
  timeout: duration("--timeout <time>", "How long to wait; 0: as long as it takes", 0, true),
  ignoreNotFound: toggle("--ignore-not-found", "Treat a resource that is not found as deleted"),
  dryRun: dryRunFlag,
};

export const command = defineCommand({
  usage: "([-f FILENAME] | TYPE [(NAME | -l label | --all)])",
  summary: "Delete resources by file names, stdin, resources and names, or by resources and label selector",
  examples: ["typectl delete -f ./pod.json", "typectl delete pod,service web", "typectl delete pods -l app=web"],
  flags,
  run: deleteResources,
});

type Input = CommandInput<typeof flags>;

async function deleteResources(input: Input): Promise<void> {
  const { context, flags } = input;
  const dryRun = readDryRun(flags.dryRun);
  const deletion = deletionOf(input, dryRun);
  if (deletion.gracePeriodSeconds === 0 && flags.force && flags.wait)
    await context.note(
      "Warning: Immediate deletion does not wait for confirmation that the running resource has been terminated. The resource may continue to run on the cluster indefinitely.",
    );
  const { found, errors } = await wanted(input);
  const deleted: Found[] = [];
  for (const one of found) {
    try {
      if (dryRun !== "client") await deleteOne(input, one, deletion);
      deleted.push(one);
      await context.print(describeDeletion(one, flags.output, deletion.gracePeriodSeconds === 0, dryRun));
    } catch (error) {
      if (isUnreachable(error)) throw error;
      const isGone = isStatusError(error, "NotFound");
      if (!(isGone && (flags.ignoreNotFound || flags.all))) errors.push(error);
    }
  }
  if (found.length === 0 && errors.length === 0 && flags.filename.length === 0)
    await context.print("No resources found");
  if (flags.wait && dryRun === "none") await waitUntilGone(context, deleted, flags.timeout);
  throwAll(errors);
}

interface Deletion {
  readonly propagationPolicy: string;
  readonly gracePeriodSeconds?: number;
}

function deletionOf({ flags }: Input, dryRun: DryRun): Deletion & { dryRun?: string[] } {
  const policy = {
    background: "Background",
    true: "Background",
    orphan: "Orphan",
    false: "Orphan",
    foreground: "Foreground",
  }[flags.cascade];
  if (!policy)
    throw new CliError(`invalid cascade value (${flags.cascade}). Must be "background", "foreground", or "orphan"`);
  if (flags.now && flags.gracePeriod !== -1)
    throw new CliError("--now and --grace-period cannot be specified together");
  if (flags.gracePeriod === 0 && !flags.force)
    return { propagationPolicy: policy, gracePeriodSeconds: 1, ...dryRunOption(dryRun) };
  if (flags.force && flags.gracePeriod > 0)
    throw new CliError("--force and --grace-period greater than 0 cannot be specified together");
  const seconds = flags.now ? 1 : flags.force ? 0 : flags.gracePeriod;
  return {
    propagationPolicy: policy,
    ...(seconds >= 0 ? { gracePeriodSeconds: seconds } : {}),
    ...dryRunOption(dryRun),
  };
}

/** What is to be deleted, as it is now. */
async function wanted(input: Input): Promise<{ found: Found[]; errors: unknown[] }> {
  const { context, flags, args } = input;
  if (flags.filename.length > 0) return ofFiles(input);
  const requests = readResourceArguments(args);
  if (requests.length === 0)
    throw usageError("delete", "You must provide one or more resources by argument or filename.");
  const isNamed = requests.every(({ names }) => names);
  if (isNamed && flags.all) throw new CliError("name cannot be provided when --all is specified");
  if (flags.all && flags.selector) throw new CliError("cannot set --all and --selector at the same time");
  if (!isNamed && !flags.all && !flags.selector && !flags.fieldSelector)
    throw new CliError("resource(s) were provided, but no name was specified");
  return fetchAll(context, requests, flags);
}

async function ofFiles({ context, flags }: Input): Promise<{ found: Found[]; errors: unknown[] }> {
  const found: Found[] = [];
  const errors: unknown[] = [];
  for (const { info, name, namespace, source } of await readManifests(context, flags)) {
    try {
      const client = await clientOf(context, info);
      const object = await client.get(name, { ...(namespace ? { namespace } : {}), ...context.call });
      found.push({ info, object });
    } catch (error) {
      if (isUnreachable(error)) throw error;
      if (!(flags.ignoreNotFound && isStatusError(error, "NotFound")))
        errors.push(withSource(error, "deleting", source));
    }
  }
  return { found, errors };
}

async function deleteOne({ context }: Input, { info, object }: Found, deletion: Deletion): Promise<void> {
  const { name = "", namespace } = object.metadata ?? {};
  const client = await clientOf(context, info);
  await client.delete(name, { ...(namespace ? { namespace } : {}), ...deletion, ...context.call });
}

function describeDeletion({ info, object }: Found, output: string, isForced: boolean, dryRun: DryRun): string {
  const { name = "", namespace } = object.metadata ?? {};
  if (output === "name") return `${kindPrefix(info)}/${name}`;
  const from = namespace ? ` from ${namespace} namespace` : "";
  return `${kindPrefix(info)} "${name}" ${isForced ? "force " : ""}deleted${from}${dryRunSuffix(dryRun)}`;
}
