import type { ApiObject } from "../../../lib/api/resource-info.ts";
import { isStatusError, StatusError } from "../../../lib/base/status-error.ts";
import { CliError } from "../cli-error.ts";
import type { Context } from "../context.ts";
import { type DryRun, dryRunOption } from "./common-flags.ts";
import { type Manifest, type Validation, withSource } from "./manifests.ts";
import { clientOf, withKind } from "./objects.ts";

interface Settings {
  readonly dryRun: DryRun;
  readonly validation: Validation;
  readonly force: boolean;
  /** The name under which fields are set. */
  readonly fieldManager: string;
}

const waysOut = `The fields above are managed by others. There are three ways on:
* take them over: apply again with --force-conflicts;
* leave them to their managers: take them out of the manifest;
* share them: write the values that they have in the manifest.`;

/** Lets the server merge a manifest into what is there. @throws StatusError that names the file, or what to do about conflicts */
export async function applyOnServer(
  context: Context,
  { info, name, namespace, value, source }: Manifest,
  { dryRun, validation, force, fieldManager }: Settings,
): Promise<ApiObject> {
  if (!name) throw new CliError(`from ${source}: a name is required to apply on the server`);
  const client = await clientOf(context, info);
  try {
    const object = await client.patch(name, value, {
      ...(namespace ? { namespace } : {}),
      type: "application/apply-patch+yaml",
      fieldManager,
      force,
      fieldValidation: validation,
      ...dryRunOption(dryRun),
      ...context.call,
    });
    return withKind(info, object);
  } catch (error) {
    throw isOwnershipConflict(error) ? withWaysOut(error) : withSource(error, "applying", source);
  }
}

function isOwnershipConflict(error: unknown): error is StatusError {
  if (!isStatusError(error, "Conflict")) return false;
  return error.details.causes?.some(({ reason }) => reason === "FieldManagerConflict") ?? false;
}

function withWaysOut(error: StatusError): StatusError {
  return new StatusError(error.reason, `${error.message}\n${waysOut}`, error.details, { code: error.code });
}
