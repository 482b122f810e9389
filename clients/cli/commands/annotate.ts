import { throwAll } from "../cli-error.ts";
import { defineCommand } from "../command.ts";
import { text, toggle } from "../flags.ts";
import { tellDone } from "../print/output-format.ts";
import { dryRunFlag, dryRunSuffix, outputFlag, readDryRun } from "../request/common-flags.ts";
import { checkOverwrite, splitKeyChanges } from "../request/key-changes.ts";
import { patchFound } from "../request/patch-found.ts";
import { findTargets, targetFlags } from "../request/targets.ts";

export const command = defineCommand({
  usage: "[--overwrite] (-f FILENAME | TYPE NAME) KEY_1=VAL_1 ... KEY_N=VAL_N",
  summary: "Update the annotations on a resource",
  examples: ["typectl annotate pods web-1 description=frontend", "typectl annotate pods web-1 tier-"],
  flags: {
    ...targetFlags,
    overwrite: toggle("--overwrite", "Allow annotations to be changed that have a value"),
    resourceVersion: text("--resource-version <version>", "Only when this is the object's version"),
    output: outputFlag,
    dryRun: dryRunFlag,
  },
  async run({ context, flags, args }) {
    const { resources, changes } = splitKeyChanges(args, "annotation");
    const dryRun = readDryRun(flags.dryRun);
    const { found, errors } = await findTargets(context, "annotate", resources, flags);
    for (const one of found) {
      try {
        const present = one.object.metadata?.annotations;
        if (!flags.overwrite)
          checkOverwrite(
            present,
            changes,
            (key, old) =>
              `--overwrite is false but found the following declared annotation(s): '${key}' already has a value (${old})`,
          );
        const patch = { metadata: { annotations: changes, ...versionOf(flags.resourceVersion) } };
        const object = await patchFound(context, one, patch, dryRun);
        await tellDone(context, flags.output, { ...one, object }, `annotated${dryRunSuffix(dryRun)}`);
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
