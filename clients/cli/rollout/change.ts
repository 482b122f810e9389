import { CliError, throwAll } from "../cli-error.ts";
import type { Context } from "../context.ts";
import { tellDone } from "../print/output-format.ts";
import { dryRunFlag, dryRunOption, dryRunSuffix, outputFlag, readDryRun } from "../request/common-flags.ts";
import { fieldManager } from "../request/create-object.ts";
import { clientOf, withKind } from "../request/objects.ts";
import { findSubjects, type Subject, subjectFlags } from "./subjects.ts";

/** Flags of commands that change a rollout. */
export const changeFlags = { ...subjectFlags, output: outputFlag, dryRun: dryRunFlag };

/** A change to a workload: the patch, or why there is none. */
export type Change = (subject: Subject) => { patch: object } | { refusal: string };

interface Settings {
  readonly filename: readonly string[];
  readonly recursive: boolean;
  readonly selector: string;
  readonly output: string;
  readonly dryRun: string;
}

/** Patches each workload that is meant, and tells what was done to it. */
export async function changeRollouts(
  context: Context,
  words: { verb: string; done: string },
  args: readonly string[],
  flags: Settings,
  change: Change,
): Promise<void> {
  const dryRun = readDryRun(flags.dryRun);
  const errors: unknown[] = [];
  for (const subject of await findSubjects(context, words.verb, args, flags)) {
    const { info, object } = subject;
    const { name = "", namespace } = object.metadata ?? {};
    const wanted = change(subject);
    if ("refusal" in wanted) {
      errors.push(new CliError(`${info.qualifiedName} ${JSON.stringify(name)} ${wanted.refusal}`));
      continue;
    }
    const options = { ...(namespace ? { namespace } : {}), fieldManager, ...dryRunOption(dryRun), ...context.call };
    const client = await clientOf(context, info);
    const changed = dryRun === "client" ? object : withKind(info, await client.patch(name, wanted.patch, options));
    await tellDone(context, flags.output, { info, object: changed }, `${words.done}${dryRunSuffix(dryRun)}`);
  }
  throwAll(errors);
}
