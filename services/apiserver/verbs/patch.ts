import type { PatchRequest } from "../../../gen/typernetes/meta/v1/requests.ts";
import { decode } from "../../../lib/api/decode.ts";
import { deepCopy } from "../../../lib/api/deep.ts";
import { StatusError } from "../../../lib/base/status-error.ts";
import type { EncodedMessage } from "../../../lib/grpc/router.ts";
import type { ApiObject } from "../../../lib/resources/strategy.ts";
import type { Caller, Core } from "../core.ts";
import { badRequest } from "../errors.ts";
import type { ResourceInfo } from "../resource-info.ts";
import { isDryRun } from "./dry-run.ts";
import { objectPath } from "./object-path.ts";
import { replaceObject } from "./update.ts";

/** Changes parts of an object, or of one of its subresources, starting again when somebody else wrote in between. */
export async function patch(
  core: Core,
  info: ResourceInfo,
  request: PatchRequest,
  caller: Caller,
): Promise<EncodedMessage<ApiObject>> {
  const path = objectPath(info, request.namespace, request.name);
  const { subresource } = request;
  const body = parseBody(request);
  const replace = (current: ApiObject): ApiObject => {
    const before = deepCopy(current);
    const patched = mergePatch(before, body);
    return decode<ApiObject>(info.schema.message, patched).object;
  };
  return replaceObject(core, path, replace, { caller, subresource, dryRun: isDryRun(request.options) });
}

function parseBody(request: PatchRequest): unknown {
  if (request.patchType === "application/apply-patch+yaml") {
    throw new StatusError("MethodNotAllowed", "server-side apply is not supported yet; use a merge patch");
  }
  try {
    return JSON.parse(Buffer.from(request.patch ?? new Uint8Array()).toString("utf8"));
  } catch (error) {
    throw badRequest(`the patch is not JSON: ${error instanceof Error ? error.message : error}`);
  }
}

function mergePatch(target: unknown, change: unknown): unknown {
  if (typeof change !== "object" || change === null || Array.isArray(change)) return change;
  const merged: Record<string, unknown> =
    typeof target === "object" && target !== null && !Array.isArray(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(change)) {
    if (value === null) delete merged[key];
    else merged[key] = mergePatch(merged[key], value);
  }
  return merged;
}
