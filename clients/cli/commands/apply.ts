import { parseLabelSelector } from "../../../lib/api/label-selector-parser.ts";
import { isRecord } from "../../../lib/api/records.ts";
import { CliError, throwAll, usageError } from "../cli-error.ts";
import { defineCommand } from "../command.ts";
import { text, toggle } from "../flags.ts";
import { objectPrinter } from "../print/output-format.ts";
import { applyManifest } from "../request/apply-manifest.ts";
import { applyOnServer } from "../request/apply-on-server.ts";
import {
  dryRunFlag,
  dryRunSuffix,
  filenameFlags,
  outputFlag,
  readDryRun,
  readValidation,
  selectorFlag,
  validateFlag,
} from "../request/common-flags.ts";
import { fieldManager } from "../request/create-object.ts";
import { type Manifest, readManifests } from "../request/manifests.ts";
import { objectName } from "../request/names.ts";
import { type Found, isUnreachable } from "../request/objects.ts";

export const command = defineCommand({
  usage: "-f FILENAME",
  summary: "Apply a configuration to a resource by file name or stdin",
  examples: [
    "typectl apply -f ./pod.json",
    "typectl apply --server-side -f ./web.yaml",
    "cat pod.json | typectl apply -f -",
    "typectl apply -R -f manifests/",
  ],
  flags: {
    ...filenameFlags,
    output: outputFlag,
    dryRun: dryRunFlag,
    validate: validateFlag,
    selector: selectorFlag,
    serverSide: toggle("--server-side", "Merge on the server, which knows who set which field"),
    forceConflicts: toggle("--force-conflicts", "With --server-side: take fields over from other managers"),
    fieldManager: text("--field-manager <name>", "The name under which fields are set", fieldManager),
  },
  async run({ context, flags, args }) {
    if (flags.filename.length === 0) throw usageError("apply", "must specify one of -f and -k");
    if (args.length > 0) throw usageError("apply", `Unexpected args: [${args.join(" ")}]`);
    const { serverSide, forceConflicts: force, fieldManager } = flags;
    const validation = readValidation(flags.validate);
    const settings = { dryRun: readDryRun(flags.dryRun), validation, force, fieldManager };
    refuseWhatDoesNotFit(serverSide, settings);
    const printer = await objectPrinter(flags.output);
    const matcher = parseLabelSelector(flags.selector);
    const manifests = (await readManifests(context, flags)).filter(({ value }) => matcher.matches(labelsOf(value)));
    if (manifests.length === 0) throw new CliError("no objects passed to apply");
    const applied: Found[] = [];
    const errors: unknown[] = [];
    for (const manifest of manifests) {
      try {
        const { object, what } = serverSide
          ? { object: await applyOnServer(context, manifest, settings), what: "serverside-applied" }
          : await applyManifest(context, manifest, settings);
        applied.push({ info: manifest.info, object });
        if (!printer)
          await context.print(
            `${objectName(manifest.info, object.metadata?.name)} ${what}${dryRunSuffix(settings.dryRun)}`,
          );
      } catch (error) {
        if (isUnreachable(error)) throw error;
        errors.push(error);
      }
    }
    if (printer && applied.length > 0) await context.io.stdout.write(await printer(applied, manifests.length > 1));
    throwAll(errors);
  },
});

/** @throws CliError */
function refuseWhatDoesNotFit(serverSide: boolean, { force, dryRun }: { force: boolean; dryRun: string }): void {
  if (force && !serverSide) throw new CliError("--force-conflicts only works with --server-side");
  if (serverSide && dryRun === "client") {
    throw new CliError("--dry-run=client doesn't work with --server-side (did you mean --dry-run=server instead?)");
  }
}

function labelsOf(value: Manifest["value"]): Record<string, string> | undefined {
  const metadata = value["metadata"];
  const labels = isRecord(metadata) ? metadata["labels"] : undefined;
  if (!isRecord(labels)) return undefined;
  return Object.fromEntries(Object.entries(labels).map(([key, label]) => [key, String(label)]));
}
