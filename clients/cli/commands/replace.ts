import type { ApiObject } from "../../../lib/api/resource-info.ts";
import { isStatusError } from "../../../lib/base/status-error.ts";
import { CliError, throwAll, usageError } from "../cli-error.ts";
import { defineCommand } from "../command.ts";
import type { Context } from "../context.ts";
import { duration, integer, toggle } from "../flags.ts";
import { tellDone } from "../print/output-format.ts";
import {
  type DryRun,
  dryRunFlag,
  dryRunOption,
  dryRunSuffix,
  filenameFlags,
  outputFlag,
  readDryRun,
  readValidation,
  validateFlag,
} from "../request/common-flags.ts";
import { fieldManager } from "../request/create-object.ts";
import { decodeManifest, type Manifest, readManifests, withSource } from "../request/manifests.ts";
import { clientOf, isUnreachable, withKind } from "../request/objects.ts";
import { waitUntilGone } from "../request/wait-until-gone.ts";

export const command = defineCommand({
  usage: "-f FILENAME",
  summary: "Replace a resource by file name or stdin",
  examples: ["typectl replace -f ./pod.json", "typectl replace --force -f ./pod.json"],
  flags: {
    ...filenameFlags,
    force: toggle("--force", "Delete the resource and create it anew"),
    gracePeriod: integer("--grace-period <seconds>", "With --force: time to terminate gracefully", -1),
    timeout: duration(
      "--timeout <time>",
      "With --force: how long to wait until it is gone; 0: as long as it takes",
      0,
      true,
    ),
    output: outputFlag,
    dryRun: dryRunFlag,
    validate: validateFlag,
  },
  async run({ context, flags }) {
    if (flags.filename.length === 0) throw usageError("replace", "must specify --filename to replace");
    const dryRun = readDryRun(flags.dryRun);
    if (flags.force && dryRun !== "none") throw new CliError("--dry-run can not be used when --force is set");
    const manifests = await readManifests(context, flags);
    if (manifests.length === 0) throw new CliError("no objects passed to replace");
    const errors: unknown[] = [];
    for (const manifest of manifests) {
      try {
        const wanted = await decodeManifest(context, manifest, readValidation(flags.validate));
        const object = flags.force
          ? await recreate(context, manifest, wanted, flags)
          : await replace(context, manifest, wanted, dryRun);
        await tellDone(context, flags.output, { info: manifest.info, object }, `replaced${dryRunSuffix(dryRun)}`);
      } catch (error) {
        if (isUnreachable(error)) throw error;
        errors.push(withSource(error, "replacing", manifest.source));
      }
    }
    throwAll(errors);
  },
});

/** Writes the object as it is in the file; without a version in it, over whatever is there. */
async function replace(
  context: Context,
  { info, name, namespace }: Manifest,
  wanted: ApiObject,
  dryRun: DryRun,
): Promise<ApiObject> {
  const client = await clientOf(context, info);
  const present = await client.get(name, { ...(namespace ? { namespace } : {}), ...context.call });
  if (dryRun === "client") return wanted;
  const { resourceVersion = present.metadata?.resourceVersion } = wanted.metadata ?? {};
  const versioned = { ...wanted, metadata: { ...wanted.metadata, resourceVersion } };
  return withKind(info, await client.update(versioned, { fieldManager, ...dryRunOption(dryRun), ...context.call }));
}

async function recreate(
  context: Context,
  { info, name, namespace }: Manifest,
  wanted: ApiObject,
  { gracePeriod, timeout }: { gracePeriod: number; timeout: number },
): Promise<ApiObject> {
  const client = await clientOf(context, info);
  const where = { ...(namespace ? { namespace } : {}), ...context.call };
  const seconds = gracePeriod >= 0 ? { gracePeriodSeconds: gracePeriod } : {};
  const old = await client.get(name, where).catch((error: unknown) => {
    if (isStatusError(error, "NotFound")) return undefined;
    throw error;
  });
  if (old) {
    await client.delete(name, { ...where, ...seconds, propagationPolicy: "Background" });
    await waitUntilGone(context, [{ info, object: old }], timeout);
  }
  return withKind(info, await client.create(wanted, { fieldManager, ...context.call }));
}
