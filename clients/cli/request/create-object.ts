import type { ApiObject, ResourceInfo } from "../../../lib/api/resource-info.ts";
import type { Context } from "../context.ts";
import { tellDone } from "../print/output-format.ts";
import { type DryRun, dryRunOption, dryRunSuffix } from "./common-flags.ts";
import { clientOf, withKind } from "./objects.ts";

/** The name under which changes are recorded. */
export const fieldManager = "typectl";

/** Creates an object and tells it; in a dry run on this side, only tells it. An empty `done` tells nothing. */
export async function createObject(
  context: Context,
  info: ResourceInfo,
  object: ApiObject,
  { dryRun, output, done = "created" }: { dryRun: DryRun; output: string; done?: string },
): Promise<void> {
  const options = { fieldManager, ...dryRunOption(dryRun), ...context.call };
  const created = dryRun === "client" ? object : await (await clientOf(context, info)).create(object, options);
  if (done !== "")
    await tellDone(context, output, { info, object: withKind(info, created) }, `${done}${dryRunSuffix(dryRun)}`);
}
