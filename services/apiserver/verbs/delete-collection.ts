import type { DeleteCollectionRequest } from "../../../gen/typernetes/meta/v1/requests.ts";
import { isStatusError } from "../../../lib/base/status-error.ts";
import type { EncodedMessage } from "../../../lib/grpc/router.ts";
import type { ApiObject } from "../../../lib/resources/strategy.ts";
import type { Caller, Core } from "../core.ts";
import type { ResourceInfo } from "../resource-info.ts";
import { deleteObject } from "./delete.ts";
import { list } from "./list.ts";
import type { ObjectList } from "./list-answer.ts";

/** How many are deleted at the same time, so that they share commits of the store. */
const concurrency = 32;

/** Deletes what the selectors match; answers what was found. */
export async function deleteCollection(
  core: Core,
  info: ResourceInfo,
  request: DeleteCollectionRequest,
  caller: Caller,
): Promise<EncodedMessage<ObjectList>> {
  const found = await list(core, info, { namespace: request.namespace, options: request.listOptions }, caller);
  const objects = [...found.value.items];
  const deleteNext = async (): Promise<void> => {
    for (let object = objects.pop(); object; object = objects.pop())
      await deleteOne(core, info, object, request, caller);
  };
  await Promise.all(Array.from({ length: concurrency }, deleteNext));
  return found;
}

async function deleteOne(
  core: Core,
  info: ResourceInfo,
  object: ApiObject,
  request: DeleteCollectionRequest,
  caller: Caller,
): Promise<void> {
  const { namespace, name = "" } = object.metadata ?? {};
  try {
    await deleteObject(core, { info, namespace, name }, { ...request.deleteOptions }, caller);
  } catch (error) {
    if (!isStatusError(error, "NotFound")) throw error;
  }
}
