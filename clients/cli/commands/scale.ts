import { isStatusError, StatusError } from "../../../lib/base/status-error.ts";
import { retryOnConflict } from "../../../lib/client/retry-on-conflict.ts";
import { CliError, throwAll, usageError } from "../cli-error.ts";
import { type CommandInput, defineCommand } from "../command.ts";
import { integer, text, toggle } from "../flags.ts";
import { tellDone } from "../print/output-format.ts";
import {
  dryRunFlag,
  dryRunOption,
  dryRunSuffix,
  filenameFlags,
  outputFlag,
  readDryRun,
  selectorFlag,
} from "../request/common-flags.ts";
import { readManifests } from "../request/manifests.ts";
import { clientOf, type Found, fetchAll, getObject } from "../request/objects.ts";
import { readResourceArguments } from "../request/resource-arguments.ts";

const flags = {
  ...filenameFlags,
  replicas: integer("--replicas <count>", "The new desired number of replicas. Required.", -1),
  currentReplicas: integer("--current-replicas <count>", "Scale only when the current size is this", -1),
  resourceVersion: text("--resource-version <version>", "Scale only when the current version is this"),
  selector: selectorFlag,
  all: toggle("--all", "Select all resources of the given kinds in the namespace"),
  output: outputFlag,
  dryRun: dryRunFlag,
};

export const command = defineCommand({
  usage: "--replicas=COUNT (-f FILENAME | TYPE NAME)",
  summary: "Set a new size for a deployment, replica set, or replication controller",
  examples: [
    "typectl scale deployment/web --replicas=3",
    "typectl scale --current-replicas=2 --replicas=3 deployment/web",
  ],
  flags,
  run: scale,
});

type Input = CommandInput<typeof flags>;

async function scale(input: Input): Promise<void> {
  const { context, flags } = input;
  if (flags.replicas < 0)
    throw new CliError("The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0");
  const { found, errors } = await targets(input);
  if (found.length === 0 && errors.length === 0) throw new CliError("no objects passed to scale");
  const dryRun = readDryRun(flags.dryRun);
  for (const one of found) {
    try {
      if (dryRun !== "client") await scaleOne(input, one);
      const object =
        flags.output && dryRun === "none"
          ? await getObject(context, one.info, one.object.metadata?.name ?? "")
          : one.object;
      await tellDone(context, flags.output, { ...one, object }, `scaled${dryRunSuffix(dryRun)}`);
    } catch (error) {
      errors.push(error);
    }
  }
  throwAll(errors);
}

async function targets({ context, flags, args }: Input): Promise<{ found: Found[]; errors: unknown[] }> {
  if (flags.filename.length > 0) {
    const manifests = await readManifests(context, flags);
    return fetchAll(
      context,
      manifests.map(({ info, name }) => ({ info, names: [name] })),
    );
  }
  const requests = readResourceArguments(args);
  if (requests.length === 0)
    throw usageError("scale", "one or more resources must be specified as <resource> <name> or <resource>/<name>");
  if (!requests.every(({ names }) => names) && !flags.all && !flags.selector)
    throw new CliError("resource(s) were provided, but no name was specified");
  return fetchAll(context, requests, flags);
}

async function scaleOne({ context, flags }: Input, { info, object }: Found): Promise<void> {
  const client = await clientOf(context, info);
  const { name = "", namespace } = object.metadata ?? {};
  if (!info.subresources.includes("scale"))
    throw new StatusError("NotFound", "the server could not find the requested resource");
  const where = { ...(namespace ? { namespace } : {}), ...context.call };
  const attempt = async () => {
    const current = await client.getScale(name, where);
    checkPreconditions(flags, current.spec?.replicas ?? 0, current.metadata?.resourceVersion);
    const wanted = { ...current, spec: { replicas: flags.replicas } };
    await client.updateScale(wanted, { ...dryRunOption(readDryRun(flags.dryRun)), ...context.call });
  };
  try {
    await (flags.resourceVersion ? attempt() : retryOnConflict(attempt, { clock: context.io.clock }));
  } catch (error) {
    if (isStatusError(error, "Invalid")) throw new CliError(`Scaling the resource failed with: ${error.message}`);
    throw error;
  }
}

function checkPreconditions(flags: Input["flags"], replicas: number, version: string | undefined): void {
  if (flags.currentReplicas >= 0 && flags.currentReplicas !== replicas)
    throw new CliError(`Expected replicas to be ${flags.currentReplicas}, was ${replicas}`);
  if (flags.resourceVersion && flags.resourceVersion !== version)
    throw new CliError(`Expected resource version to be ${flags.resourceVersion}, was ${version ?? ""}`);
}
