import { throwAll } from "../cli-error.ts";
import { defineCommand } from "../command.ts";
import { text, toggle } from "../flags.ts";
import { tellDone } from "../print/output-format.ts";
import { dryRunFlag, dryRunSuffix, outputFlag, readDryRun } from "../request/common-flags.ts";
import { checkOverwrite, type KeyChanges, splitKeyChanges } from "../request/key-changes.ts";
import { patchFound } from "../request/patch-found.ts";
import { findTargets, targetFlags } from "../request/targets.ts";

export const command = defineCommand({
  usage: "[--overwrite] (-f FILENAME | TYPE NAME) KEY_1=VAL_1 ... KEY_N=VAL_N",
  summary: "Update the labels on a resource",
  examples: ["typectl label pods web-1 tier=front", "typectl label pods web-1 tier-"],
  flags: {
    ...targetFlags,
    overwrite: toggle("--overwrite", "Allow labels to be changed that have a value"),
    resourceVersion: text("--resource-version <version>", "Only when this is the object's version"),
    output: outputFlag,
    dryRun: dryRunFlag,
  },
  async run({ context, flags, args }) {
    const { resources, changes } = splitKeyChanges(args, "label");
    const dryRun = readDryRun(flags.dryRun);
    const { found, errors } = await findTargets(context, "label", resources, flags);
    for (const one of found) {
      try {
        const present = one.object.metadata?.labels;
        if (!flags.overwrite)
          checkOverwrite(
            present,
            changes,
            (key, old) => `'${key}' already has a value (${old}), and --overwrite is false`,
          );
        const patch = { metadata: { labels: changes, ...versionOf(flags.resourceVersion) } };
        const object = await patchFound(context, one, patch, dryRun);
        await tellDone(
          context,
          flags.output,
          { ...one, object },
          `${whatIsDone(present, changes)}${dryRunSuffix(dryRun)}`,
        );
      } catch (error) {
        errors.push(error);
      }
    }
    throwAll(errors);
  },
});

function versionOf(resourceVersion: string): { resourceVersion?: string } {
  return resourceVersion ? { resourceVersion } : {};
}

function whatIsDone(present: Readonly<Record<string, string>> | undefined, changes: KeyChanges): string {
  const entries = Object.entries(changes);
  const changed = entries.filter(([key, value]) => (present?.[key] ?? null) !== value);
  if (changed.length === 0) return "not labeled";
  return changed.every(([, value]) => value === null) ? "unlabeled" : "labeled";
}
