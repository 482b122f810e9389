import type { ListOptions } from "../../../gen/typernetes/meta/v1/options.ts";
import type { WatchRequest } from "../../../gen/typernetes/meta/v1/requests.ts";
import type { EncodedMessage } from "../../../lib/grpc/router.ts";
import { StoreError } from "../../../lib/storage/store.ts";
import type { Caller, Core } from "../core.ts";
import { expired, fromStore } from "../errors.ts";
import type { ResourceInfo } from "../resource-info.ts";
import type { Delivery, WatchResponse } from "../watch-cache/delivery.ts";
import type { ResourceCache } from "../watch-cache/resource-cache.ts";
import type { Selection } from "../watch-cache/selection.ts";
import { bookmark, initialEvents } from "../watch-cache/synthetic-events.ts";
import type { Watcher } from "../watch-cache/watcher.ts";
import { validateListOptions } from "./list-options.ts";
import { awaitRevision, parseResourceVersion } from "./resource-version.ts";
import { selectionOf } from "./selection-of-options.ts";

const bookmarkIntervalMs = 60_000;

type Responses = AsyncGenerator<EncodedMessage<WatchResponse>, void, undefined>;

/** Streams changes of what the selectors match, from a revision on; ends with the request, or after `timeoutSeconds`. */
export async function* watch(core: Core, info: ResourceInfo, request: WatchRequest, caller: Caller): Responses {
  const options = request.options ?? {};
  validateListOptions(options, true);
  const selection = selectionOf(info, request.namespace, options);
  const cache = core.cache.cacheOf(info);
  const from = startRevision(options);
  if (from === undefined) {
    await awaitRevision(core.cache, options.resourceVersion);
    yield* followFromNow(core, cache, selection, options, caller);
  } else yield* followFrom(core, cache, selection, options, caller, from);
}

/** The revision after which changes are wanted; undefined: the present state first. */
function startRevision(options: ListOptions): number | undefined {
  const version = options.resourceVersion;
  if (options.sendInitialEvents === true) return undefined;
  if (!version || version === "0") return options.sendInitialEvents === false ? -1 : undefined;
  return parseResourceVersion(version);
}

async function* followFromNow(
  core: Core,
  cache: ResourceCache,
  selection: Selection,
  options: ListOptions,
  caller: Caller,
): Responses {
  // Without a pause in between, so that the state and the watch meet at one revision.
  const { revision } = core.cache;
  const entries = cache.snapshot(selection.namespace);
  const watcher = cache.watch(selection);
  try {
    for await (const delivery of initialEvents(cache, entries, selection, revision)) yield delivery.message;
    if (options.sendInitialEvents && options.allowWatchBookmarks) yield bookmark(cache.info, revision, true).message;
    yield* follow(core, cache, watcher, options, caller);
  } finally {
    watcher.end();
  }
}

async function* followFrom(
  core: Core,
  cache: ResourceCache,
  selection: Selection,
  options: ListOptions,
  caller: Caller,
  from: number,
): Responses {
  if (from < 0) await core.cache.fresh();
  else await core.cache.waitFor(from);
  let position = from < 0 ? core.cache.revision : from;
  while (!caller.signal.aborted) {
    // Without a pause in between, so that what was missed and the watch meet at one revision.
    const missed = cache.missedSince(selection, position, core.cache.revision);
    if (missed) {
      yield* followAfter(missed, core, cache, cache.watch(selection), options, caller);
      return;
    }
    for await (const delivery of history(core, cache, selection, position, caller)) {
      position = delivery.revision;
      if (delivery.frames.length > 0) yield delivery.message;
      if (cache.remembers(position)) break;
    }
  }
}

async function* followAfter(
  missed: Delivery,
  core: Core,
  cache: ResourceCache,
  watcher: Watcher,
  options: ListOptions,
  caller: Caller,
): Responses {
  try {
    if (missed.frames.length > 0) yield missed.message;
    yield* follow(core, cache, watcher, options, caller);
  } finally {
    watcher.end();
  }
}

/** Changes that the cache no longer remembers, from the store. */
async function* history(core: Core, cache: ResourceCache, selection: Selection, from: number, caller: Caller) {
  try {
    for await (const batch of core.store.watch(cache.info.keyPrefix, from, caller.signal)) {
      yield cache.deliveryOfHistory(batch.events, selection, batch.revision);
    }
  } catch (error) {
    if (error instanceof StoreError && error.code === "Compacted") throw expired(`too old resource version: ${from}`);
    throw fromStore(error, cache.info, "");
  }
}

async function* follow(
  core: Core,
  cache: ResourceCache,
  watcher: Watcher,
  options: ListOptions,
  caller: Caller,
): Responses {
  const onAbort = () => watcher.end();
  caller.signal.addEventListener("abort", onAbort, { once: true });
  if (caller.signal.aborted) watcher.end();
  const stopBookmarks = options.allowWatchBookmarks ? sendBookmarks(core, cache, watcher) : () => {};
  const cancelTimeout = options.timeoutSeconds
    ? core.clock.schedule(options.timeoutSeconds * 1000, () => watcher.end())
    : () => {};
  try {
    yield* watcher;
  } finally {
    cancelTimeout();
    stopBookmarks();
    caller.signal.removeEventListener("abort", onAbort);
  }
}

/** About once a minute a watcher hears how far it is, so that it can come back there. */
function sendBookmarks(core: Core, cache: ResourceCache, watcher: Watcher): () => void {
  let cancel = () => {};
  const next = () => {
    cancel = core.clock.schedule(bookmarkIntervalMs * (0.75 + core.random() / 2), () => {
      watcher.deliver(bookmark(cache.info, core.cache.revision, false));
      next();
    });
  };
  next();
  return () => cancel();
}
