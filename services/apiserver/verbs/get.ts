import type { GetRequest } from "../../../gen/typernetes/meta/v1/requests.ts";
import type { EncodedMessage } from "../../../lib/grpc/router.ts";
import type { ApiObject } from "../../../lib/resources/strategy.ts";
import type { Core } from "../core.ts";
import { notFound } from "../errors.ts";
import type { ObjectPath } from "../registry/object-store.ts";
import { type ResourceInfo, storeKey } from "../resource-info.ts";
import { CachedAnswer } from "../watch-cache/cached-answer.ts";
import { objectPath } from "./object-path.ts";
import { awaitRevision } from "./resource-version.ts";

type Answer = EncodedMessage<ApiObject>;

/** Answers one object: the newest, unless the request is content with a cached one. At once where the cache is new enough. */
export function get(core: Core, info: ResourceInfo, request: GetRequest): Answer | Promise<Answer> {
  const path = objectPath(info, request.namespace, request.name);
  const waiting = awaitRevision(core.cache, request.options?.resourceVersion);
  return waiting ? waiting.then(() => find(core, path)) : find(core, path);
}

function find(core: Core, { info, namespace, name }: ObjectPath): Answer {
  const cache = core.cache.cacheOf(info);
  const entry = cache.get(storeKey(info, namespace, name));
  if (!entry) throw notFound(info, name);
  return new CachedAnswer(cache, entry);
}
