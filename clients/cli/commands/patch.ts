import { readFile } from "node:fs/promises";
import { isRecord } from "../../../lib/api/records.ts";
import { parseYaml } from "../../../lib/api/yaml.ts";
import type { PatchType } from "../../../lib/client/resource-client.ts";
import { CliError, throwAll, usageError } from "../cli-error.ts";
import { defineCommand } from "../command.ts";
import { text } from "../flags.ts";
import { tellDone } from "../print/output-format.ts";
import { dryRunFlag, dryRunSuffix, filenameFlags, outputFlag, readDryRun } from "../request/common-flags.ts";
import { patchFound } from "../request/patch-found.ts";
import { findTargets } from "../request/targets.ts";

const types: Readonly<Record<string, PatchType>> = {
  json: "application/json-patch+json",
  merge: "application/merge-patch+json",
  strategic: "application/strategic-merge-patch+json",
};

export const command = defineCommand({
  usage: "(-f FILENAME | TYPE NAME) [-p PATCH|--patch-file FILE]",
  summary: "Update fields of a resource",
  examples: [
    `typectl patch node node-1 -p '{"spec":{"unschedulable":true}}'`,
    `typectl patch deployment web --type=json -p '[{"op":"remove","path":"/spec/paused"}]'`,
  ],
  flags: {
    ...filenameFlags,
    patch: text("-p, --patch <patch>", "The patch, as JSON or YAML"),
    patchFile: text("--patch-file <path>", "A file that holds the patch"),
    type: text("--type <type>", "One of [json merge strategic]", "strategic"),
    subresource: text("--subresource <name>", "Patch this subresource, such as status or scale"),
    output: outputFlag,
    dryRun: dryRunFlag,
  },
  async run({ context, flags, args }) {
    const type = types[flags.type];
    if (!type) throw new CliError(`--type must be one of [json merge strategic], not ${JSON.stringify(flags.type)}`);
    const patch = readPatch(await patchText(flags));
    const dryRun = readDryRun(flags.dryRun);
    const { found, errors } = await findTargets(context, "patch", args, { ...flags, selector: "", all: false });
    for (const one of found) {
      try {
        const object = await patchFound(context, one, patch, dryRun, {
          type,
          ...(flags.subresource ? { subresource: flags.subresource } : {}),
        });
        const isSame = object.metadata?.resourceVersion === one.object.metadata?.resourceVersion && dryRun === "none";
        await tellDone(
          context,
          flags.output,
          { ...one, object },
          `patched${isSame ? " (no change)" : ""}${dryRunSuffix(dryRun)}`,
        );
      } catch (error) {
        errors.push(error);
      }
    }
    throwAll(errors);
  },
});

async function patchText({ patch, patchFile }: { patch: string; patchFile: string }): Promise<string> {
  if (patch && patchFile) throw usageError("patch", "cannot specify --patch and --patch-file together");
  if (patch) return patch;
  if (!patchFile)
    throw usageError("patch", "must specify --patch or --patch-file containing the contents of the patch");
  return readFile(patchFile, "utf8").catch((error: unknown) => {
    throw new CliError(`unable to read patch file: ${error instanceof Error ? error.message : error}`);
  });
}

function readPatch(content: string): object {
  const value = parseYaml(content)[0]?.value;
  if (isRecord(value) || Array.isArray(value)) return value;
  throw new CliError(`unable to parse ${JSON.stringify(content)}: a patch is an object or a list`);
}
