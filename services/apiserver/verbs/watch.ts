import type { ListOptions } from "../../../gen/typernetes/meta/v1/options.ts";
import type { WatchRequest } from "../../../gen/typernetes/meta/v1/requests.ts";
import { StoreError } from "../../../lib/storage/store.ts";
import type { Caller, Core } from "../core.ts";
import { expired, fromStore } from "../errors.ts";
import type { ResourceInfo } from "../resource-info.ts";
import type { ResourceCache } from "../watch-cache/resource-cache.ts";
import type { Selection } from "../watch-cache/selection.ts";
import { bookmark, initialEvents } from "../watch-cache/synthetic-events.ts";
import type { Watcher } from "../watch-cache/watcher.ts";
import { validateListOptions } from "./list-options.ts";
import { awaitRevision, parseResourceVersion } from "./resource-version.ts";
import { selectionOf } from "./selection-of-options.ts";
import { type Prologue, WatchStream } from "./watch-stream.ts";

const bookmarkIntervalMs = 60_000;

/** One watch on its way: what it selects, and how to end what it has begun. */
interface Watch {
  readonly core: Core;
  readonly cache: ResourceCache;
  readonly selection: Selection;
  readonly options: ListOptions;
  readonly caller: Caller;
  /** Called at the end, whoever ends it. */
  readonly cleanUp: (() => void)[];
}

/** Streams changes of what the selectors match, from a revision on; ends with the request, or after `timeoutSeconds`. */
export function watch(core: Core, info: ResourceInfo, request: WatchRequest, caller: Caller): WatchStream {
  const options = request.options ?? {};
  validateListOptions(options, true);
  const selection = selectionOf(info, request.namespace, options);
  const from = startRevision(options);
  const own: Watch = { core, cache: core.cache.cacheOf(info), selection, options, caller, cleanUp: [] };
  const prologue = from === undefined ? beginWithState(own) : beginAfter(own, from);
  return new WatchStream(
    prologue,
    () => end(own),
    (error) => fromStore(error, info, ""),
  );
}

/** The revision after which changes are wanted; undefined: the present state first; "now": nothing of the past. */
function startRevision(options: ListOptions): number | "now" | undefined {
  const version = options.resourceVersion;
  if (options.sendInitialEvents === true) return undefined;
  if (!version || version === "0") return options.sendInitialEvents === false ? "now" : undefined;
  return parseResourceVersion(version);
}

async function* beginWithState(own: Watch): Prologue {
  const { core, cache, selection, options } = own;
  await awaitRevision(core.cache, options.resourceVersion);
  // Without a pause in between, so that the state and the watch meet at one revision.
  const { revision } = core.cache;
  const entries = cache.snapshot(selection.namespace);
  const watcher = follow(own);
  for await (const delivery of initialEvents(cache, entries, selection, revision)) yield delivery.message;
  if (options.sendInitialEvents && options.allowWatchBookmarks) yield bookmark(cache.info, revision, true).message;
  return watcher;
}

async function* beginAfter(own: Watch, from: number | "now"): Prologue {
  const { core, cache, selection, caller } = own;
  if (from === "now") await core.cache.fresh();
  let position = from === "now" ? core.cache.revision : from;
  while (!caller.signal.aborted) {
    // The store's history may be ahead of the cache, which would deliver again what has been.
    await core.cache.waitFor(position);
    // Without a pause in between, so that what was missed and the watch meet at one revision.
    const missed = cache.missedSince(selection, position, core.cache.revision);
    if (missed) {
      const watcher = follow(own);
      if (missed.frames.length > 0) yield missed.message;
      return watcher;
    }
    for await (const delivery of history(own, position)) {
      position = delivery.revision;
      if (delivery.frames.length > 0) yield delivery.message;
      if (cache.remembers(position)) break;
    }
  }
  return undefined;
}

/** Changes that the cache no longer remembers, from the store. */
async function* history({ core, cache, selection, caller }: Watch, from: number) {
  try {
    for await (const batch of core.store.watch(cache.info.keyPrefix, from, caller.signal)) {
      yield cache.deliveryOfHistory(batch.events, selection, batch.revision);
    }
  } catch (error) {
    if (error instanceof StoreError && error.code === "Compacted") throw expired(`too old resource version: ${from}`);
    throw error;
  }
}

/** Joins the cache's watchers, until the caller goes or time is up. */
function follow(own: Watch): Watcher {
  const { core, cache, selection, options, caller, cleanUp } = own;
  const watcher = cache.watch(selection, () => end(own));
  const leave = () => watcher.end();
  caller.signal.addEventListener("abort", leave, { once: true });
  cleanUp.push(leave, () => caller.signal.removeEventListener("abort", leave));
  if (options.allowWatchBookmarks) cleanUp.push(sendBookmarks(core, cache, watcher));
  if (options.timeoutSeconds) cleanUp.push(core.clock.schedule(options.timeoutSeconds * 1000, leave));
  if (caller.signal.aborted) leave();
  return watcher;
}

function end({ cleanUp }: Watch): void {
  for (const undo of cleanUp.splice(0)) undo();
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
