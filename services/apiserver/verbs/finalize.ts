import type { Namespace } from "../../../gen/typernetes/core/v1/namespace.ts";
import type { EncodedMessage } from "../../../lib/grpc/router.ts";
import type { ApiObject } from "../../../lib/resources/strategy.ts";
import type { Caller, Core } from "../core.ts";
import { badRequest } from "../errors.ts";
import type { ResourceInfo } from "../resource-info.ts";
import { cloneObject } from "./clone-object.ts";
import { isDryRun } from "./dry-run.ts";
import { objectPath } from "./object-path.ts";
import { replaceObject, type UpdateRequest, updateOwnership } from "./update.ts";

/** Replaces the finalizers of a namespace's specification, and nothing else. */
export async function finalize(
  core: Core,
  info: ResourceInfo,
  request: UpdateRequest,
  caller: Caller,
): Promise<EncodedMessage<ApiObject>> {
  const wanted: (ApiObject & Namespace) | undefined = request.object;
  if (!wanted) throw badRequest("the request has no object");
  const { name, resourceVersion, uid } = wanted.metadata ?? {};
  const replace = (current: ApiObject) => {
    const object: ApiObject & Namespace = cloneObject(current);
    object.spec = { ...object.spec, finalizers: wanted.spec?.finalizers ?? [] };
    object.metadata = { ...object.metadata, resourceVersion, ...(uid && { uid }) };
    return object;
  };
  const ownership = updateOwnership(caller, request.options, info.apiVersion, "finalize");
  const options = { caller, subresource: "finalize", dryRun: isDryRun(request.options), ownership };
  return replaceObject(core, objectPath(info, undefined, name), replace, options);
}
