import type { ListMeta } from "../../../gen/typernetes/meta/v1/object_meta.ts";
import type { ListOptions } from "../../../gen/typernetes/meta/v1/options.ts";
import type { ListRequest } from "../../../gen/typernetes/meta/v1/requests.ts";
import type { EncodedMessage } from "../../../lib/grpc/router.ts";
import type { Caller, Core } from "../core.ts";
import type { ResourceInfo } from "../resource-info.ts";
import { Slices } from "../slices.ts";
import type { CachedObject } from "../watch-cache/cached-object.ts";
import type { ResourceCache } from "../watch-cache/resource-cache.ts";
import type { Selection } from "../watch-cache/selection.ts";
import { type ContinueToken, decodeContinueToken, encodeContinueToken } from "./continue-token.ts";
import { listAnswer, type ObjectList } from "./list-answer.ts";
import { listHistory, refuseCompacted } from "./list-history.ts";
import { validateListOptions } from "./list-options.ts";
import { awaitRevision, parseResourceVersion } from "./resource-version.ts";
import { selectionOf } from "./selection-of-options.ts";

/** One page of what was selected. */
export interface Page {
  entries: CachedObject[];
  /** The revision that was listed. */
  revision: number;
  /** Whether more was selected, or may have been. */
  more: boolean;
  /** How many more; absent when it was not counted. */
  remaining?: number | undefined;
}

/** Answers what the selectors match: from the cache, or from the store's history when an older revision is asked for. */
export async function list(
  core: Core,
  info: ResourceInfo,
  request: ListRequest,
  caller: Caller,
): Promise<EncodedMessage<ObjectList>> {
  const options = request.options ?? {};
  validateListOptions(options, false);
  const selection = selectionOf(info, request.namespace, options);
  const cache = core.cache.cacheOf(info);
  const page = await readPage(core, cache, selection, options);
  const metadata: ListMeta = { resourceVersion: String(page.revision) };
  const last = page.entries.at(-1);
  if (page.more && last) {
    metadata.continue = encodeContinueToken({ revision: page.revision, after: last.key.slice(info.keyPrefix.length) });
    if (page.remaining !== undefined && !selection.matches) metadata.remainingItemCount = page.remaining;
  }
  return listAnswer(cache, metadata, page.entries, caller);
}

async function readPage(core: Core, cache: ResourceCache, selection: Selection, options: ListOptions): Promise<Page> {
  const limit = options.limit || Number.POSITIVE_INFINITY;
  if (options.continue) return readNextPage(core, cache, selection, decodeContinueToken(options.continue), limit);
  if (options.resourceVersionMatch === "Exact") {
    const revision = parseResourceVersion(options.resourceVersion ?? "");
    return listHistory(core, cache, selection, { revision, limit });
  }
  await awaitRevision(core.cache, options.resourceVersion);
  return readCache(core, cache, selection, limit);
}

async function readNextPage(
  core: Core,
  cache: ResourceCache,
  selection: Selection,
  token: ContinueToken,
  limit: number,
): Promise<Page> {
  const after = cache.info.keyPrefix + token.after;
  const { revision } = token;
  if (revision > 0) {
    const read = { revision, limit, after };
    if (!isAsCached(core, cache, revision)) return listHistory(core, cache, selection, read);
    await refuseCompacted(core, cache, read);
    if (!isAsCached(core, cache, revision)) return listHistory(core, cache, selection, read);
    return { ...(await readCache(core, cache, selection, limit, after)), revision };
  }
  await core.cache.fresh();
  return readCache(core, cache, selection, limit, after);
}

/** Whether the cache holds what there was at a revision: most lists end before the next change of their kind. */
function isAsCached(core: Core, cache: ResourceCache, revision: number): boolean {
  return core.cache.revision >= revision && cache.changedAt <= revision;
}

async function readCache(
  core: Core,
  cache: ResourceCache,
  selection: Selection,
  limit: number,
  after?: string,
): Promise<Page> {
  const { revision } = core.cache;
  const all = cache.snapshot(selection.namespace, after);
  if (!selection.matches) {
    const entries = all.length > limit ? all.slice(0, limit) : all;
    return { entries, revision, more: entries.length < all.length, remaining: all.length - entries.length };
  }
  const entries: CachedObject[] = [];
  const slices = new Slices();
  for (const entry of all) {
    if (slices.isOver()) await slices.breathe();
    if (!selection.matches(cache.indexOf(entry))) continue;
    if (entries.length === limit) return { entries, revision, more: true };
    entries.push(entry);
  }
  return { entries, revision, more: false };
}
