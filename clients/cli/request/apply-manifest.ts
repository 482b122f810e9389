import { createThreeWayMergePatch } from "../../../lib/api/patch/merge-diff.ts";
import { createThreeWayStrategicPatch } from "../../../lib/api/patch/strategic-diff.ts";
import type { ApiObject } from "../../../lib/api/resource-info.ts";
import { isStatusError } from "../../../lib/base/status-error.ts";
import { CliError } from "../cli-error.ts";
import type { Context } from "../context.ts";
import { type DryRun, dryRunOption } from "./common-flags.ts";
import { isCustom } from "./custom-kinds.ts";
import { annotated, lastApplied, lastAppliedAnnotation } from "./last-applied.ts";
import { decodeManifest, type Manifest, type Validation, withSource } from "./manifests.ts";
import { clientOf, withKind } from "./objects.ts";

interface Settings {
  readonly dryRun: DryRun;
  readonly validation: Validation;
  /** The name under which fields are set. */
  readonly fieldManager: string;
}

/** How often a patch is made anew when somebody else writes in between. */
const attemptsMax = 5;

interface Applied {
  readonly object: ApiObject;
  readonly what: "created" | "configured" | "unchanged";
}

/** Creates what a manifest describes, or changes what is there by what changed in it. @throws StatusError that names the file */
export async function applyManifest(context: Context, written: Manifest, settings: Settings): Promise<Applied> {
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

/** What is there under the manifest's name; undefined when nothing is. */
export async function currentObject(
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

async function create(
  context: Context,
  { info }: Manifest,
  wanted: ApiObject,
  { dryRun, fieldManager }: Settings,
): Promise<Applied> {
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
  const patch = isCustom(info)
    ? createThreeWayMergePatch(original ?? {}, value, { ...current })
    : createThreeWayStrategicPatch(info.message, original ?? {}, value, current);
  if (Object.keys(patch).length === 0) return { object: current, what: "unchanged" };
  if (settings.dryRun === "client") return { object: current, what: "configured" };
  const client = await clientOf(context, info);
  const object = await client.patch(name, patch, {
    ...(namespace ? { namespace } : {}),
    fieldManager: settings.fieldManager,
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
