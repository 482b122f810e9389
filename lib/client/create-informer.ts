import { linkedAbort, untilAborted } from "../base/abort.ts";
import { backoffDelay } from "../base/backoff.ts";
import { type Clock, systemClock } from "../base/clock.ts";
import { isStatusError } from "../base/status-error.ts";
import { type Logger, silentLogger } from "../observe/logger.ts";
import { type IndexFunction, type Informer, type InformerHandler, objectKey } from "./informer.ts";
import type { InformerKeeping, InformerSelector } from "./informer-factory.ts";
import { ObjectCache } from "./object-cache.ts";
import type { KubernetesObject, ObjectList, ResourceClient, WatchEvent } from "./resource-client.ts";

export interface InformerSettings {
  selector?: InformerSelector;
  clock?: Clock;
  random?: () => number;
  logger?: Logger;
  /** Objects per page of a list; 500 when absent. */
  pageSize?: number;
  /** A watch without events or bookmarks for this long is replaced; two minutes when absent. */
  inactivityMs?: number;
}

const retryBackoff = { initialMs: 200, maxMs: 30_000, jitter: 0.5 };

/** A watch that ends sooner than this counts as a failure, so that a server that ends them at once is not asked in a loop. */
const watchMsMin = 1_000;

/** A watch that lasted this long shows that the server is well, even when nothing happened in it. */
const wellMs = 10_000;

/** An informer of one kind; see `Informer` for what it promises. */
export function createInformer<T extends KubernetesObject>(
  resource: ResourceClient<T>,
  settings: InformerSettings & InformerKeeping<T> = {},
): Informer<T> {
  return new CachingInformer(resource, settings);
}

class CachingInformer<T extends KubernetesObject> implements Informer<T> {
  readonly lister = new ObjectCache<T>();
  readonly #resource: ResourceClient<T>;
  readonly #selector: InformerSelector;
  readonly #keep: (object: T) => T;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #logger: Logger;
  readonly #pageSize: number;
  readonly #inactivityMs: number;
  readonly #handlers = new Set<InformerHandler<T>>();
  readonly #stopping = new AbortController();
  readonly #synced: Promise<void>;
  #markSynced = () => {};
  #isSynced = false;
  #running: Promise<void> | undefined;
  /** Everything up to here is in the cache; undefined when a list is needed. */
  #resourceVersion: string | undefined;
  #failures = 0;

  constructor(resource: ResourceClient<T>, settings: InformerSettings & InformerKeeping<T>) {
    this.#resource = resource;
    this.#selector = settings.selector ?? {};
    this.#keep = settings.keep ?? ((object) => object);
    this.#clock = settings.clock ?? systemClock;
    this.#random = settings.random ?? Math.random;
    this.#logger = settings.logger ?? silentLogger;
    this.#pageSize = settings.pageSize ?? 500;
    this.#inactivityMs = settings.inactivityMs ?? 120_000;
    this.#synced = new Promise((resolve) => {
      this.#markSynced = resolve;
    });
  }

  get synced(): boolean {
    return this.#isSynced;
  }

  addHandler(handler: InformerHandler<T>): () => void {
    this.#handlers.add(handler);
    for (const object of this.lister.list()) this.#tell(handler, (each) => each.added?.(object));
    return () => this.#handlers.delete(handler);
  }

  addIndex(name: string, keys: IndexFunction<T>): void {
    this.lister.addIndex(name, keys);
  }

  waitForSync(signal?: AbortSignal): Promise<void> {
    if (this.#isSynced) return Promise.resolve();
    return untilAborted(untilAborted(this.#synced, this.#stopping.signal), signal);
  }

  start(): void {
    this.#running ??= this.#follow(this.#stopping.signal);
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new Error("the informer was stopped"));
    await this.#running;
  }

  /** Never throws: whatever fails is tried again until the informer is stopped. */
  async #follow(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        if (this.#resourceVersion === undefined) await this.#list(signal);
        await this.#watch(signal);
      } catch (error) {
        if (!signal.aborted) await this.#recover(error, signal);
      }
    }
  }

  async #recover(error: unknown, signal: AbortSignal): Promise<void> {
    const expired = isStatusError(error, "Expired", "Gone");
    if (expired) this.#resourceVersion = undefined;
    // The first list after an expiry need not wait: the server is well.
    const attempt = this.#failures++;
    if (expired && attempt === 0) return;
    const delay = backoffDelay(attempt, { ...retryBackoff, random: this.#random });
    this.#logger.warn({ err: error, resource: this.#resource.plural, retryMs: Math.round(delay) }, "watch was broken");
    await this.#clock.sleep(delay, signal).catch(() => {});
  }

  /** Brings the cache to the state of one list, page by page. */
  async #list(signal: AbortSignal): Promise<void> {
    const seen = new Set<string>();
    let page: ObjectList<T> | undefined;
    do {
      page = await this.#page(page?.metadata?.continue, signal);
      for (const object of page.items) {
        seen.add(objectKey(object));
        this.#put(this.#keep(object));
      }
    } while (page.metadata?.continue);
    for (const key of [...this.lister.keys()]) {
      if (!seen.has(key)) this.#remove(key);
    }
    this.#resourceVersion = page.metadata?.resourceVersion;
    this.#isSynced = true;
    this.#markSynced();
  }

  #page(token: string | undefined, signal: AbortSignal): Promise<ObjectList<T>> {
    const page = token ? { limit: this.#pageSize, continue: token } : { limit: this.#pageSize };
    return this.#resource.list({ ...this.#selector, ...page, signal, timeoutMs: 60_000 });
  }

  /** Follows changes until the watch ends or falls silent. */
  async #watch(stopping: AbortSignal): Promise<void> {
    const { abort, release } = linkedAbort(stopping);
    const activity = new ActivityTimer(this.#clock, this.#inactivityMs, () => {
      this.#logger.warn({ resource: this.#resource.plural }, "watch has fallen silent and is replaced");
      abort.abort(new Error(`no event and no bookmark within ${this.#inactivityMs} ms`));
    });
    const began = this.#clock.monotonic();
    try {
      for await (const events of this.#resource.watch(this.#watchOptions(abort.signal))) {
        activity.note();
        this.#failures = 0;
        for (const event of events) this.#apply(event);
      }
    } finally {
      activity.stop();
      release();
      if (this.#clock.monotonic() - began > wellMs) this.#failures = 0;
    }
    if (this.#clock.monotonic() - began < watchMsMin) throw new Error("the watch ended as soon as it began");
  }

  #watchOptions(signal: AbortSignal) {
    return {
      ...this.#selector,
      allowWatchBookmarks: true,
      // Kubernetes' clients ask for a time between five and ten minutes, so that not all come back at once.
      timeoutSeconds: Math.round(300 * (1 + this.#random())),
      ...(this.#resourceVersion === undefined ? {} : { resourceVersion: this.#resourceVersion }),
      signal,
    };
  }

  #apply({ type, object }: WatchEvent<T>): void {
    if (type === "DELETED") this.#remove(objectKey(object), this.#keep(object));
    else if (type !== "BOOKMARK") this.#put(this.#keep(object));
    this.#resourceVersion = object.metadata?.resourceVersion ?? this.#resourceVersion;
  }

  #put(object: T): void {
    const known = this.lister.byKey(objectKey(object));
    if (known && sameVersion(known, object)) return;
    // Deleted and made again while nobody looked: two changes, not one.
    if (known && known.metadata?.uid !== object.metadata?.uid) this.#remove(objectKey(object));
    const before = this.lister.set(object);
    this.#tellAll((handler) => (before ? handler.updated?.(before, object) : handler.added?.(object)));
  }

  #remove(key: string, last?: T): void {
    const before = this.lister.delete(key);
    if (before) this.#tellAll((handler) => handler.deleted?.(last ?? before));
  }

  #tellAll(notice: (handler: InformerHandler<T>) => void): void {
    for (const handler of [...this.#handlers]) this.#tell(handler, notice);
  }

  #tell(handler: InformerHandler<T>, notice: (handler: InformerHandler<T>) => void): void {
    try {
      notice(handler);
    } catch (error) {
      this.#logger.error({ err: error, resource: this.#resource.plural }, "handler of an informer failed");
    }
  }
}

function sameVersion(one: KubernetesObject, other: KubernetesObject): boolean {
  const { resourceVersion, uid } = one.metadata ?? {};
  return resourceVersion === other.metadata?.resourceVersion && uid === other.metadata?.uid;
}

/** Calls `onSilence` when `note` has not been called for a while; cheap to note. */
class ActivityTimer {
  readonly #clock: Clock;
  readonly #limitMs: number;
  readonly #onSilence: () => void;
  #last: number;
  #cancel: () => void;

  constructor(clock: Clock, limitMs: number, onSilence: () => void) {
    this.#clock = clock;
    this.#limitMs = limitMs;
    this.#onSilence = onSilence;
    this.#last = clock.monotonic();
    this.#cancel = clock.schedule(limitMs, () => this.#check());
  }

  note(): void {
    this.#last = this.#clock.monotonic();
  }

  stop(): void {
    this.#cancel();
  }

  #check(): void {
    const left = this.#last + this.#limitMs - this.#clock.monotonic();
    if (left <= 0) this.#onSilence();
    else this.#cancel = this.#clock.schedule(left, () => this.#check());
  }
}
