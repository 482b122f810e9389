import { parseLabelSelector } from "../../../lib/api/label-selector-parser.ts";
import { createThreeWayStrategicPatch } from "../../../lib/api/patch/strategic-diff.ts";
import { isRecord } from "../../../lib/api/records.ts";
import type { ApiObject } from "../../../lib/api/resource-info.ts";
import { isStatusError } from "../../../lib/base/status-error.ts";
import { CliError, throwAll, usageError } from "../cli-error.ts";
import { defineCommand } from "../command.ts";
import type { Context } from "../context.ts";
import { objectPrinter } from "../print/output-format.ts";
import {
  type DryRun,
  dryRunFlag,
  dryRunOption,
  dryRunSuffix,
  filenameFlags,
  outputFlag,
  readDryRun,
  readValidation,
  selectorFlag,
  validateFlag,
} from "../request/common-flags.ts";
import { fieldManager } from "../request/create-object.ts";
import { annotated, lastApplied, lastAppliedAnnotation } from "../request/last-applied.ts";
import { decodeManifest, type Manifest, readManifests, type Validation, withSource } from "../request/manifests.ts";
import { objectName } from "../request/names.ts";
import { clientOf, type Found, isUnreachable, withKind } from "../request/objects.ts";

interface Settings {
  readonly dryRun: DryRun;
  readonly validation: Validation;
}

/** How often a patch is made anew when somebody else writes in between. */
const attemptsMax = 5;

export const command = defineCommand({
  usage: "-f FILENAME",
  summary: "Apply a configuration to a resource by file name or stdin",
  examples: ["typectl apply -f ./pod.json", "cat pod.json | typectl apply -f -", "typectl apply -R -f manifests/"],
  flags: {
    ...filenameFlags,
    output: outputFlag,
    dryRun: dryRunFlag,
    validate: validateFlag,
    selector: selectorFlag,
  },
  async run({ context, flags, args }) {
    if (flags.filename.length === 0) throw usageError("apply", "must specify one of -f and -k");
    if (args.length > 0) throw usageError("apply", `Unexpected args: [${args.join(" ")}]`);
    const settings = { dryRun: readDryRun(flags.dryRun), validation: readValidation(flags.validate) };
    const printer = await objectPrinter(flags.output);
    const matcher = parseLabelSelector(flags.selector);
    const manifests = (await readManifests(context, flags)).filter(({ value }) => matcher.matches(labelsOf(value)));
    if (manifests.length === 0) throw new CliError("no objects passed to apply");
    const applied: Found[] = [];
    const errors: unknown[] = [];
    for (const manifest of manifests) {
      try {
        const { object, what } = await applyManifest(context, manifest, settings);
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

function labelsOf(value: Manifest["value"]): Record<string, string> | undefined {
  const metadata = value["metadata"];
  const labels = isRecord(metadata) ? metadata["labels"] : undefined;
  if (!isRecord(labels)) return undefined;
  return Object.fromEntries(Object.entries(labels).map(([key, label]) => [key, String(label)]));
}

interface Applied {
  readonly object: ApiObject;
  readonly what: "created" | "configured" | "unchanged";
}

async function applyManifest(context: Context, written: Manifest, settings: Settings): Promise<Applied> {
  const manifest = annotated(written);
  const wanted = await decodeManifest(context, manifest, settings.validation).catch((error: unknown) => {
    throw withSource(error, "applying", manifest.source);
  });
  if (!written.name)
    throw new CliError(
      written.generateName
        ? `from ${written.source}: cannot use generate name with apply`
        : `error when retrieving current configuration of ${JSON.stringify(written.source)}: resource name may not be empty`,
    );
  for (let attempt = 1; ; attempt++) {
    const current = await currentObject(context, manifest);
    try {
      return await (current
        ? patchObject(context, manifest, current, settings)
        : create(context, manifest, wanted, settings));
    } catch (error) {
      const isRace = isStatusError(error, current ? "Conflict" : "AlreadyExists");
      if (!isRace || attempt >= attemptsMax)
        throw withSource(error, current ? "applying patch" : "creating", manifest.source);
    }
  }
}

async function currentObject(
  context: Context,
  { info, name, namespace, source }: Manifest,
): Promise<ApiObject | undefined> {
  const client = await clientOf(context, info);
  try {
    return withKind(info, await client.get(name, { ...(namespace ? { namespace } : {}), ...context.call }));
  } catch (error) {
    if (isStatusError(error, "NotFound")) return undefined;
    throw withSource(error, "retrieving current configuration of", source);
  }
}

async function create(context: Context, { info }: Manifest, wanted: ApiObject, { dryRun }: Settings): Promise<Applied> {
  if (dryRun === "client") return { object: wanted, what: "created" };
  const client = await clientOf(context, info);
  const object = await client.create(wanted, { fieldManager, ...dryRunOption(dryRun), ...context.call });
  return { object: withKind(info, object), what: "created" };
}

async function patchObject(
  context: Context,
  manifest: Manifest,
  current: ApiObject,
  settings: Settings,
): Promise<Applied> {
  const { info, name, namespace, value } = manifest;
  const original = lastApplied(current);
  if (!original) await warnOfMissingAnnotation(context, manifest);
  const patch = createThreeWayStrategicPatch(info.message, original ?? {}, value, current);
  if (Object.keys(patch).length === 0) return { object: current, what: "unchanged" };
  if (settings.dryRun === "client") return { object: current, what: "configured" };
  const client = await clientOf(context, info);
  const object = await client.patch(name, patch, {
    ...(namespace ? { namespace } : {}),
    fieldManager,
    fieldValidation: settings.validation,
    ...dryRunOption(settings.dryRun),
    ...context.call,
  });
  // A patch may say what the server would have filled in anyway.
  const isSame = object.metadata?.resourceVersion === current.metadata?.resourceVersion && settings.dryRun === "none";
  return { object: withKind(info, object), what: isSame ? "unchanged" : "configured" };
}

function warnOfMissingAnnotation(context: Context, { info, name }: Manifest): Promise<void> {
  return context.note(
    `Warning: resource ${info.plural}/${name} is missing the ${lastAppliedAnnotation} annotation which is required by typectl apply. typectl apply should only be used on resources created declaratively by either typectl create --save-config or typectl apply. The missing annotation will be patched automatically.`,
  );
}
