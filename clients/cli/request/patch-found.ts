import type { ApiObject } from "../../../lib/api/resource-info.ts";
import type { PatchType } from "../../../lib/client/resource-client.ts";
import type { Context } from "../context.ts";
import { type DryRun, dryRunOption } from "./common-flags.ts";
import { fieldManager } from "./create-object.ts";
import { clientOf, type Found, withKind } from "./objects.ts";

/** Patches an object and answers it as it is now; in a dry run on this side, as it was. */
export async function patchFound(
  context: Context,
  { info, object }: Found,
  patch: object,
  dryRun: DryRun,
  settings: { type?: PatchType; subresource?: string } = {},
): Promise<ApiObject> {
  if (dryRun === "client") return object;
  const { name = "", namespace } = object.metadata ?? {};
  const client = await clientOf(context, info);
  const where = namespace ? { namespace } : {};
  const options = { fieldManager, fieldValidation: "Strict", ...settings, ...dryRunOption(dryRun), ...context.call };
  return withKind(info, await client.patch(name, patch, { ...where, ...options }));
}
