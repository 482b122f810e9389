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
import { DecodedObjects } from "./decoded-objects.ts";
import { ResourceCache } from "./resource-cache.ts";

/** Decoded objects that stay in memory, counted by their encoding. */
const decodedBytesMax = 2 * 1024 * 1024;
const pageEntries = 5000;
/** How long a read waits for the cache to reach a revision before the client is told to come again. */
const freshnessDeadlineMs = 3000;

export interface WatchCacheDeps {
  store: Store;
  clock: Clock;
  logger: Logger;
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
  readonly #stopping = new AbortController();
  #revision = 0;
  #waiters: Waiter[] = [];
  #asking: Promise<number> | undefined;
  #following: Promise<void> | undefined;

  constructor(deps: WatchCacheDeps, resources: readonly ResourceInfo[]) {
    this.#deps = deps;
    const decoded = new DecodedObjects(decodedBytesMax);
    for (const info of resources) this.#byPrefix.set(info.keyPrefix, new ResourceCache(info, decoded));
  }

  /** Everything up to this revision is in the cache. */
  get revision(): number {
    return this.#revision;
  }

  cacheOf(info: ResourceInfo): ResourceCache {
    const cache = this.#byPrefix.get(info.keyPrefix);
    if (!cache) throw new Error(`${info.groupResource} is not cached`);
    return cache;
  }

  caches(): Iterable<ResourceCache> {
    return this.#byPrefix.values();
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

  /** Waits until the cache has everything that was written before this call. */
  async fresh(): Promise<void> {
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
    const byPrefix = new Map<string, StoreEntry[]>();
    let page = await store.range(storeRoot, { limit: pageEntries });
    const { revision } = page;
    for (;;) {
      for (const entry of page.entries) this.#sort(entry, byPrefix);
      if (!page.more) break;
      page = await store.range(storeRoot, { limit: pageEntries, revision, after: page.entries.at(-1)!.key });
    }
    for (const [prefix, cache] of this.#byPrefix) cache.load(byPrefix.get(prefix) ?? [], revision);
    this.#advance(revision);
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
    for (const [prefix, events] of byPrefix) this.#byPrefix.get(prefix)?.apply(events, batch.revision);
    this.#advance(batch.revision);
  }

  #sort<T extends { key: string }>(item: T, byPrefix: Map<string, T[]>): void {
    const prefix = resourcePrefix(item.key);
    const items = byPrefix.get(prefix);
    if (items) items.push(item);
    else if (this.#byPrefix.has(prefix)) byPrefix.set(prefix, [item]);
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
