import type { GetRequest } from "../../../gen/typernetes/meta/v1/requests.ts";
import type { EncodedMessage } from "../../../lib/grpc/router.ts";
import type { ApiObject } from "../../../lib/resources/strategy.ts";
import type { Core } from "../core.ts";
import { notFound } from "../errors.ts";
import { type ResourceInfo, storeKey } from "../resource-info.ts";
import { CachedAnswer } from "../watch-cache/cached-answer.ts";
import { objectPath } from "./object-path.ts";
import { awaitRevision } from "./resource-version.ts";

/** Answers one object: the newest, unless the request is content with a cached one. */
export async function get(core: Core, info: ResourceInfo, request: GetRequest): Promise<EncodedMessage<ApiObject>> {
  const { namespace, name } = objectPath(info, request.namespace, request.name);
  await awaitRevision(core.cache, request.options?.resourceVersion);
  const cache = core.cache.cacheOf(info);
  const entry = cache.get(storeKey(info, namespace, name));
  if (!entry) throw notFound(info, name);
  return new CachedAnswer(cache, entry);
}
