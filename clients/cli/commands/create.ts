import { CliError, throwAll, usageError } from "../cli-error.ts";
import { defineCommand } from "../command.ts";
import { toggle } from "../flags.ts";
import {
  dryRunFlag,
  filenameFlags,
  outputFlag,
  readDryRun,
  readValidation,
  validateFlag,
} from "../request/common-flags.ts";
import { createObject } from "../request/create-object.ts";
import { annotated } from "../request/last-applied.ts";
import { decodeManifest, readManifests, withSource } from "../request/manifests.ts";
import { isUnreachable } from "../request/objects.ts";

export const command = defineCommand({
  usage: "-f FILENAME",
  summary: "Create a resource from a file or from stdin",
  examples: ["typectl create -f ./pod.json", "cat pod.json | typectl create -f -"],
  flags: {
    ...filenameFlags,
    output: outputFlag,
    dryRun: dryRunFlag,
    validate: validateFlag,
    saveConfig: toggle("--save-config", "Keep the configuration in the object's annotation, for apply"),
  },
  async run({ context, flags, args }) {
    if (flags.filename.length === 0) throw usageError("create", "must specify one of -f and -k");
    if (args.length > 0) throw usageError("create", `unexpected args: [${args.join(" ")}]`);
    const dryRun = readDryRun(flags.dryRun);
    const validation = readValidation(flags.validate);
    const manifests = await readManifests(context, flags);
    if (manifests.length === 0) throw new CliError("no objects passed to create");
    const errors: unknown[] = [];
    for (const manifest of manifests) {
      try {
        const written = flags.saveConfig ? annotated(manifest) : manifest;
        const object = await decodeManifest(context, written, validation);
        await createObject(context, manifest.info, object, { dryRun, output: flags.output });
      } catch (error) {
        if (isUnreachable(error)) throw error;
        errors.push(withSource(error, "creating", manifest.source));
      }
    }
    throwAll(errors);
  },
});
