import { backoffDelay } from "../../../lib/base/backoff.ts";
import type { Clock } from "../../../lib/base/clock.ts";
import { StatusError } from "../../../lib/base/status-error.ts";
import type { Logger } from "../../../lib/observe/logger.ts";
import {
  type Store,
  type StoreEntry,
  StoreError,
  type StoreEvent,
  type WatchBatch,
} from "../../../lib/storage/store.ts";
import { type ResourceInfo, storeRoot } from "../resource-info.ts";
import type { CachedObject } from "./cached-object.ts";
import { DecodedObjects } from "./decoded-objects.ts";
import { EncodedObjects } from "./encoded-objects.ts";
import { ResourceCache } from "./resource-cache.ts";

/** Decoded objects that stay in memory, counted by their encoding. */
const decodedBytesMax = 2 * 1024 * 1024;
/** Encodings besides the store's that stay in memory. */
const encodedBytesMax = 64 * 1024 * 1024;
const pageEntries = 5000;
/** How long a read waits for the cache to reach a revision before the client is told to come again. */
const freshnessDeadlineMs = 3000;

export interface WatchCacheDeps {
  store: Store;
  clock: Clock;
  logger: Logger;
}

/** Events that wait until the state before them has been read. */
interface Held {
  events: StoreEvent[];
  revision: number;
}

interface Waiter {
  revision: number;
  resolve: () => void;
}

/**
 * The objects of all kinds in memory, kept current by one watch of the store. A consistent read asks the store for its
 * revision and waits until the watch has delivered it.
 */
export class WatchCache {
  readonly #deps: WatchCacheDeps;
  readonly #byPrefix = new Map<string, ResourceCache>();
  /** What came in of kinds whose objects are being read. */
  readonly #joining = new Map<string, Held[]>();
  readonly #decoded = new DecodedObjects(decodedBytesMax);
  readonly #encoded = new EncodedObjects(encodedBytesMax);
  readonly #stopping = new AbortController();
  #revision = 0;
  #waiters: Waiter[] = [];
  #asking: Promise<number> | undefined;
  #following: Promise<void> | undefined;

  constructor(deps: WatchCacheDeps, resources: readonly ResourceInfo[]) {
    this.#deps = deps;
    for (const info of resources) this.#byPrefix.set(info.keyPrefix, this.#cacheFor(info));
  }

  /** Everything up to this revision is in the cache. */
  get revision(): number {
    return this.#revision;
  }

  cacheOf(info: ResourceInfo): ResourceCache {
    const cache = this.#byPrefix.get(info.keyPrefix);
    // It went while the request was on its way.
    if (!cache) throw new StatusError("NotFound", "the server could not find the requested resource");
    return cache;
  }

  caches(): Iterable<ResourceCache> {
    return this.#byPrefix.values();
  }

  /**
   * Takes in a kind while the cache runs, or gives a kind that it has another form: whoever watches it must come again.
   * Resolves when the kind's objects are there.
   */
  async add(info: ResourceInfo): Promise<void> {
    const known = this.#byPrefix.get(info.keyPrefix);
    if (known) {
      known.reform(info, this.#revision);
      return;
    }
    const cache = this.#cacheFor(info);
    const held: Held[] = [];
    this.#byPrefix.set(info.keyPrefix, cache);
    this.#joining.set(info.keyPrefix, held);
    const revision = this.#revision;
    try {
      const entries = await this.#readAll(info.keyPrefix, revision);
      // Unless everything was read anew in the meantime.
      if (this.#joining.get(info.keyPrefix) !== held) return;
      cache.load(entries, revision);
      for (const { events, revision } of held) cache.apply(events, revision);
      this.#joining.delete(info.keyPrefix);
    } catch (error) {
      this.remove(info);
      throw error;
    }
  }

  /** Lets go of a kind; whoever watches it is told that there is no more. */
  remove(info: ResourceInfo): void {
    const cache = this.#byPrefix.get(info.keyPrefix);
    this.#byPrefix.delete(info.keyPrefix);
    this.#joining.delete(info.keyPrefix);
    cache?.endWatches();
  }

  /** Reads what the store has and begins to follow it. */
  async start(): Promise<void> {
    await this.#load();
    this.#following = this.#follow();
  }

  /** Ends all watches. Idempotent. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    for (const cache of this.caches()) cache.endWatches();
    await this.#following;
  }

  /** Whether the cache is known to have everything that was written before this moment. */
  get isFresh(): boolean {
    const known = this.#deps.store.knownRevision?.();
    return known !== undefined && known <= this.#revision;
  }

  /** Waits until the cache has everything that was written before this call. */
  async fresh(): Promise<void> {
    if (this.isFresh) return;
    // Calls of one moment share a question; it is asked after all of them came.
    this.#asking ??= Promise.resolve().then(() => {
      this.#asking = undefined;
      return this.#deps.store.currentRevision();
    });
    await this.waitFor(await this.#asking);
  }

  /** Waits until the cache has reached `revision`. @throws StatusError `Timeout` after 3 s. */
  async waitFor(revision: number): Promise<void> {
    if (this.#revision >= revision) return;
    const reached = await new Promise<boolean>((resolve) => {
      const waiter: Waiter = { revision, resolve: () => resolve(true) };
      const cancel = this.#deps.clock.schedule(freshnessDeadlineMs, () => {
        this.#waiters = this.#waiters.filter((other) => other !== waiter);
        resolve(false);
      });
      const settle = waiter.resolve;
      waiter.resolve = () => {
        cancel();
        settle();
      };
      this.#waiters.push(waiter);
    });
    if (!reached) throw tooLargeRevision(revision, this.#revision);
  }

  async #load(): Promise<void> {
    const { store } = this.#deps;
    const byPrefix = new Map<string, CachedObject[]>();
    const known = new Set(this.#byPrefix.keys());
    let page = await store.range(storeRoot, { limit: pageEntries });
    const { revision } = page;
    for (;;) {
      // Page by page, so that what the store has read can go while more is read.
      for (const entry of page.entries) this.#take(entry, byPrefix);
      if (!page.more) break;
      page = await store.range(storeRoot, { limit: pageEntries, revision, after: page.entries.at(-1)!.key });
    }
    // Kinds that have come meanwhile are on none of the first pages.
    for (const prefix of this.#byPrefix.keys())
      if (!known.has(prefix)) byPrefix.set(prefix, await this.#readAll(prefix, revision));
    this.#joining.clear();
    for (const [prefix, cache] of this.#byPrefix) cache.load(byPrefix.get(prefix) ?? [], revision);
    this.#advance(revision);
  }

  #cacheFor(info: ResourceInfo): ResourceCache {
    return new ResourceCache(info, this.#decoded, this.#encoded);
  }

  async #readAll(prefix: string, revision: number): Promise<CachedObject[]> {
    const { store } = this.#deps;
    const byPrefix = new Map<string, CachedObject[]>();
    for (let more = true; more; ) {
      const after = byPrefix.get(prefix)?.at(-1)?.key;
      const page = await store.range(prefix, { limit: pageEntries, revision, ...(after !== undefined && { after }) });
      for (const entry of page.entries) this.#take(entry, byPrefix);
      more = page.more;
    }
    return byPrefix.get(prefix) ?? [];
  }

  async #follow(): Promise<void> {
    const { signal } = this.#stopping;
    for (let attempt = 0; !signal.aborted; attempt++) {
      try {
        for await (const batch of this.#deps.store.watch(storeRoot, this.#revision, signal)) {
          attempt = 0;
          this.#apply(batch);
        }
      } catch (error) {
        if (signal.aborted) return;
        await this.#recover(error, attempt);
      }
    }
  }

  /** After compaction the state is read anew; after anything else the watch goes on where it was. */
  async #recover(error: unknown, attempt: number): Promise<void> {
    const { clock, logger } = this.#deps;
    const { signal } = this.#stopping;
    logger.warn({ err: error, revision: this.#revision }, "the store's watch broke off");
    try {
      await clock.sleep(backoffDelay(attempt, { initialMs: 50, maxMs: 5000, jitter: 0.5 }), signal);
      if (error instanceof StoreError && error.code === "Compacted") await this.#load();
    } catch (failure) {
      if (!signal.aborted) logger.warn({ err: failure }, "the watch cache could not be read anew");
    }
  }

  #apply(batch: WatchBatch): void {
    const byPrefix = new Map<string, StoreEvent[]>();
    for (const event of batch.events) this.#sort(event, byPrefix);
    for (const [prefix, events] of byPrefix) {
      const held = this.#joining.get(prefix);
      if (held) held.push({ events, revision: batch.revision });
      else this.#byPrefix.get(prefix)?.apply(events, batch.revision);
    }
    this.#advance(batch.revision);
  }

  #sort(event: StoreEvent, byPrefix: Map<string, StoreEvent[]>): void {
    const prefix = resourcePrefix(event.key);
    const events = byPrefix.get(prefix);
    if (events) events.push(event);
    else if (this.#byPrefix.has(prefix)) byPrefix.set(prefix, [event]);
  }

  #take({ key, revision, value }: StoreEntry, byPrefix: Map<string, CachedObject[]>): void {
    const prefix = resourcePrefix(key);
    const object = this.#byPrefix.get(prefix)?.entryOf(key, revision, value);
    if (!object) return;
    const objects = byPrefix.get(prefix);
    if (objects) objects.push(object);
    else byPrefix.set(prefix, [object]);
  }

  #advance(revision: number): void {
    this.#revision = Math.max(this.#revision, revision);
    if (this.#waiters.length === 0) return;
    const due = this.#waiters.filter((waiter) => waiter.revision <= this.#revision);
    if (due.length === 0) return;
    this.#waiters = this.#waiters.filter((waiter) => waiter.revision > this.#revision);
    for (const waiter of due) waiter.resolve();
  }
}

/** `/registry/<group>/<resource>/` of a key. */
function resourcePrefix(key: string): string {
  const group = key.indexOf("/", storeRoot.length);
  return key.slice(0, key.indexOf("/", group + 1) + 1);
}

function tooLargeRevision(revision: number, current: number): StatusError {
  const message = `Too large resource version: ${revision}, current: ${current}`;
  const causes = [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }];
  return new StatusError("Timeout", message, { causes, retryAfterSeconds: 1 });
}
