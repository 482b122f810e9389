import { StatusError } from "../../../lib/base/status-error.ts";
import { type RangeOptions, StoreError } from "../../../lib/storage/store.ts";
import type { Core } from "../core.ts";
import { fromStore } from "../errors.ts";
import type { CachedObject } from "../watch-cache/cached-object.ts";
import type { ResourceCache } from "../watch-cache/resource-cache.ts";
import type { Selection } from "../watch-cache/selection.ts";
import { encodeContinueToken } from "./continue-token.ts";
import type { Page } from "./list.ts";

const pageEntriesMax = 1000;

export interface HistoryRead {
  revision: number;
  limit: number;
  /** The last key of the page before. */
  after?: string | undefined;
}

/**
 * A page as of a revision, from the store.
 * @throws StatusError `Expired` when the revision is compacted; it carries a token to go on with the newest state.
 */
export async function listHistory(
  core: Core,
  cache: ResourceCache,
  selection: Selection,
  read: HistoryRead,
): Promise<Page> {
  const { info } = cache;
  const prefix = selection.namespace === undefined ? info.keyPrefix : `${info.keyPrefix}${selection.namespace}/`;
  const entries: CachedObject[] = [];
  let { after } = read;
  for (;;) {
    const wanted = Math.min(read.limit - entries.length + (selection.matches ? 1 : 0), pageEntriesMax);
    const options: RangeOptions = { revision: read.revision, limit: wanted, ...(after !== undefined && { after }) };
    const range = await core.store.range(prefix, options).catch((error) => {
      throw read.after === undefined ? fromStore(error, info, "") : continueExpired(error, cache, read.after);
    });
    for (const { key, revision, value } of range.entries) {
      const entry = cache.entryOf(key, revision, value);
      if (selection.matches && !selection.matches(cache.indexOf(entry))) continue;
      if (entries.length === read.limit) return { entries, revision: read.revision, more: true };
      entries.push(entry);
    }
    const full = entries.length >= read.limit && !selection.matches;
    if (!range.more || full) return { entries, revision: read.revision, more: range.more, remaining: range.remaining };
    after = range.entries.at(-1)?.key;
  }
}

/** @throws StatusError `Expired` as `listHistory` does; nothing is read. */
export async function refuseCompacted(
  core: Core,
  cache: ResourceCache,
  { revision, after = "" }: HistoryRead,
): Promise<void> {
  // Nothing is under a key with a null.
  await core.store.range(`${after}\0`, { revision, limit: 1 }).catch((error) => {
    throw continueExpired(error, cache, after);
  });
}

function continueExpired(error: unknown, cache: ResourceCache, after: string): unknown {
  if (!(error instanceof StoreError) || error.code !== "Compacted") return fromStore(error, cache.info, "");
  const token = encodeContinueToken({ revision: 0, after: after.slice(cache.info.keyPrefix.length) });
  return new StatusError(
    "Expired",
    "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.",
    {},
    { continueToken: token },
  );
}
