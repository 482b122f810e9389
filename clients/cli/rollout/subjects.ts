import { CliError, throwAll, usageError } from "../cli-error.ts";
import type { Context } from "../context.ts";
import { filenameFlags, selectorFlag } from "../request/common-flags.ts";
import { readManifests } from "../request/manifests.ts";
import { type Found, fetchAll } from "../request/objects.ts";
import { readResourceArguments } from "../request/resource-arguments.ts";
import { asRolling, type Rolling } from "../request/workloads.ts";

/** Flags of all commands on rollouts. */
export const subjectFlags = { ...filenameFlags, selector: selectorFlag };

/** What a command on rollouts is about. */
export type Subject = Found & { readonly rolling: Rolling };

/** Finds the workloads that are meant. @throws CliError when one of them is of a kind that does not roll out. */
export async function findSubjects(
  context: Context,
  verb: string,
  args: readonly string[],
  flags: { filename: readonly string[]; recursive: boolean; selector: string },
): Promise<Subject[]> {
  const requests =
    flags.filename.length > 0
      ? (await readManifests(context, flags)).map(({ info, name }) => ({ info, names: [name] }))
      : readResourceArguments(args);
  if (requests.length === 0) throw usageError(`rollout ${verb}`, "required resource not specified");
  const { found, errors } = await fetchAll(context, requests, flags);
  throwAll(errors);
  return found.map((one) => ({ ...one, rolling: rollingOf(one, verb) }));
}

const whatVerbsDo: Readonly<Record<string, string>> = {
  status: "no status viewer has been implemented for",
  history: "no history viewer has been implemented for",
  undo: "no rollbacker has been implemented for",
};

function rollingOf({ info, object }: Found, verb: string): Rolling {
  const rolling = asRolling(info, object);
  if (rolling) return rolling;
  const why = whatVerbsDo[verb];
  if (why) throw new CliError(`${why} ${JSON.stringify(info.group ? `${info.kind}.${info.group}` : info.kind)}`);
  throw new CliError(`${info.qualifiedName} ${JSON.stringify(object.metadata?.name ?? "")} ${notSupported(verb)}`);
}

function notSupported(verb: string): string {
  return (
    { pause: "pausing is not supported", resume: "resuming is not supported", restart: "restarting is not supported" }[
      verb
    ] ?? "is not supported"
  );
}
