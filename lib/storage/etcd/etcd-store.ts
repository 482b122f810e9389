import { EtcdLeaseInvalidError, type ICompare, type IRequestOp } from "etcd3";
import { backoffDelay } from "../../base/backoff.ts";
import { type Clock, systemClock } from "../../base/clock.ts";
import {
  maxValueBytes,
  type RangeOptions,
  type RangeResult,
  type Store,
  type StoreEntry,
  StoreError,
  type StoreStatus,
  type WatchBatch,
  type WriteOptions,
} from "../store.ts";
import { prefixEnd } from "../watching/key-order.ts";
import { EtcdCalls, toEntry } from "./etcd-calls.ts";
import { createEtcdClient, type EtcdClient, type EtcdTls } from "./etcd-client.ts";
import { ResumedWatch } from "./resumed-watch.ts";
import type { KeySpan } from "./root-watch.ts";
import { WatchFeed } from "./watch-feed.ts";

export interface EtcdStoreOptions {
  /** `http://host:port` or `https://host:port`, all of one kind. */
  endpoints: readonly string[];
  /** What all keys of the store begin with; `/registry/` when absent. Ends in `/`. */
  prefix?: string;
  /** For `https://`. */
  tls?: EtcdTls;
  /** Deadline of each call; 5000 when absent. */
  requestTimeoutMs?: number;
  /** How often a watch without events hears that nothing is missing; 1000 when absent. */
  progressIntervalMs?: number;
  /** How many events are kept for watches that are behind; 10000 when absent. */
  watchEventsMax?: number;
  clock?: Clock;
}

const recentBytesMax = 32 * 1024 * 1024;
const resumedLimits = { events: 200_000, bytes: 128 * 1024 * 1024 };
const pageEntries = 1_000;
const progressGraceMs = 1_000;
const leaseAttemptsMax = 10;
const meetingRetry = { initialMs: 100, maxMs: 2_000 };

/**
 * Connects to an etcd.
 * @throws StoreError `Unavailable` when none of the endpoints answers in time.
 */
export async function openEtcdStore(options: EtcdStoreOptions): Promise<Store> {
  const client = createEtcdClient(options.endpoints, options.tls);
  const calls = new EtcdCalls(client, options.endpoints, options.requestTimeoutMs ?? 5_000);
  try {
    const { header } = await calls.range({ key: Buffer.from(progressKey(options.prefix ?? "/registry/")) });
    const store = new EtcdStore(client, calls, Number(header.revision), options);
    await calls.inTime(store.watching, "watch").catch(async (error) => {
      await store.close();
      throw error;
    });
    return store;
  } catch (error) {
    client.close();
    throw error;
  }
}

class EtcdStore implements Store {
  readonly #client: EtcdClient;
  readonly #calls: EtcdCalls;
  readonly #clock: Clock;
  readonly #prefix: string;
  readonly #progressKey: Buffer;
  readonly #progressIntervalMs: number;
  readonly #feed: WatchFeed;
  readonly #resumed = new Set<WatchFeed>();
  #compactedRevision = 0;
  #cancelProgress: (() => void) | undefined;
  /** The newest revision that somebody waits to hear of. */
  #expectedRevision = 0;
  #closing: Promise<void> | undefined;

  constructor(client: EtcdClient, calls: EtcdCalls, revision: number, options: EtcdStoreOptions) {
    this.#client = client;
    this.#calls = calls;
    this.#clock = options.clock ?? systemClock;
    this.#prefix = options.prefix ?? "/registry/";
    this.#progressKey = Buffer.from(progressKey(this.#prefix));
    this.#progressIntervalMs = options.progressIntervalMs ?? 1_000;
    this.#feed = this.#openFeed(revision, { events: options.watchEventsMax ?? 10_000, bytes: recentBytesMax });
  }

  /** Resolves when the watch of everything is up. */
  get watching(): Promise<void> {
    return this.#feed.started;
  }

  async get(key: string): Promise<StoreEntry | undefined> {
    const { kvs } = await this.#calls.range({ key: Buffer.from(key) });
    return kvs[0] && toEntry(kvs[0]);
  }

  async range(prefix: string, options: RangeOptions = {}): Promise<RangeResult> {
    const entries: StoreEntry[] = [];
    const limit = options.limit ?? Number.POSITIVE_INFINITY;
    let { revision, after } = options;
    // In pieces, since one answer with everything would hold up all other work while it is decoded.
    for (;;) {
      const page = await this.#page(prefix, revision, after, Math.min(pageEntries, limit - entries.length));
      entries.push(...page.entries);
      revision = page.revision;
      after = page.entries.at(-1)?.key;
      if (!page.more || entries.length >= limit) return { ...page, entries };
    }
  }

  async count(prefix: string): Promise<number> {
    const { count } = await this.#calls.range({ ...span(prefix), count_only: true });
    return Number(count);
  }

  async create(key: string, value: Uint8Array, options?: WriteOptions): Promise<number> {
    refuseTooLarge(key, value);
    const absent: ICompare = { key: Buffer.from(key), target: "Create", result: "Equal", create_revision: 0 };
    const { revision } = await this.#put(absent, key, value, options);
    if (revision === undefined) throw new StoreError("Exists", `key ${key} exists`, { key });
    return revision;
  }

  async update(key: string, value: Uint8Array, expectedRevision: number, options?: WriteOptions): Promise<number> {
    refuseTooLarge(key, value);
    const { revision, current } = await this.#put(unchanged(key, expectedRevision), key, value, options);
    if (revision === undefined) throw refusal(key, expectedRevision, current);
    return revision;
  }

  async delete(key: string, expectedRevision: number): Promise<number> {
    const removal: IRequestOp = { request_delete_range: { key: Buffer.from(key) } };
    const { revision, current } = await this.#write(unchanged(key, expectedRevision), key, removal);
    if (revision === undefined) throw refusal(key, expectedRevision, current);
    return revision;
  }

  watch(prefix: string, fromRevision: number, signal?: AbortSignal): AsyncIterable<WatchBatch> {
    if (!prefix.startsWith(this.#prefix)) throw new RangeError(`only keys under ${this.#prefix} are watched`);
    return {
      [Symbol.asyncIterator]: () => {
        if (this.#closing || fromRevision < this.#compactedRevision || this.#feed.isRecent(fromRevision)) {
          return this.#feed.hub.watch(prefix, fromRevision, signal);
        }
        return this.#resume(prefix, fromRevision, signal);
      },
    };
  }

  async currentRevision(): Promise<number> {
    const { header } = await this.#calls.range({ key: this.#progressKey });
    const revision = Number(header.revision);
    this.#feed.hub.expectProgress(revision);
    if (this.#feed.hub.size > 0 && this.#feed.revision < revision) this.#ensureProgress(revision);
    return revision;
  }

  async compact(revision: number): Promise<void> {
    if (revision <= this.#compactedRevision) return;
    try {
      await this.#calls.compact(revision);
    } catch (error) {
      // Somebody was faster.
      if (!(error instanceof StoreError && error.code === "Compacted")) throw error;
    }
    this.#compactedRevision = Math.max(this.#compactedRevision, revision);
    this.#feed.hub.wake();
  }

  async status(): Promise<StoreStatus> {
    const { version, sizeBytes, revision } = await this.#calls.status();
    const compactedRevision = await this.#findCompactedRevision(revision);
    return { backend: "etcd", version, revision, compactedRevision, sizeBytes };
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#cancelProgress?.();
    const answered = this.#calls.close();
    await Promise.all([answered, ...[this.#feed, ...this.#resumed].map((feed) => feed.close())]);
    this.#client.close();
  }

  #resume(prefix: string, fromRevision: number, signal: AbortSignal | undefined): ResumedWatch {
    const own = this.#openFeed(fromRevision, resumedLimits);
    this.#resumed.add(own);
    const closeOwn = () => {
      this.#resumed.delete(own);
      return own.close();
    };
    const feeds = { own, closeOwn, main: this.#feed };
    return new ResumedWatch(feeds, prefix, fromRevision, this.#meetingRevision(), signal);
  }

  #openFeed(afterRevision: number, limits: { events: number; bytes: number }): WatchFeed {
    const range: KeySpan = { start: this.#progressKey, end: Buffer.from(prefixEnd(this.#prefix) ?? "\0") };
    return new WatchFeed(this.#client.watch, range, this.#prefix, afterRevision, () => this.#compactedRevision, {
      limits,
      progressIntervalMs: this.#progressIntervalMs,
    });
  }

  async #page(prefix: string, revision: number | undefined, after: string | undefined, limit: number) {
    const { key, range_end } = span(prefix);
    const next = Buffer.from(`${after ?? ""}\0`);
    const start = Buffer.compare(next, key) > 0 ? next : key;
    const answer = await this.#calls.range({ key: start, range_end, limit, revision: revision ?? 0 });
    const entries = answer.kvs.map(toEntry);
    const remaining = Number(answer.count) - entries.length;
    return { entries, revision: revision ?? Number(answer.header.revision), more: remaining > 0, remaining };
  }

  async #put(condition: ICompare, key: string, value: Uint8Array, options: WriteOptions | undefined) {
    const put = { key: Buffer.from(key), value: asBuffer(value) };
    if (options?.ttlSeconds === undefined) return this.#write(condition, key, { request_put: put });
    for (let attempt = 1; ; attempt++) {
      // A lease for each key: keys that share one would all go at one revision.
      const lease = await this.#calls.grantLease(options.ttlSeconds);
      try {
        const outcome = await this.#write(condition, key, { request_put: { ...put, lease } });
        if (outcome.revision === undefined) await this.#calls.revokeLease(lease).catch(() => {});
        return outcome;
      } catch (error) {
        // A short one may have ended before the write came to etcd, which then did nothing.
        if (!isWithoutLease(error) || attempt === leaseAttemptsMax) throw error;
      }
    }
  }

  /** Does `change` when `condition` holds; otherwise tells how the key is. */
  async #write(condition: ICompare, key: string, change: IRequestOp) {
    const look: IRequestOp = { request_range: { key: Buffer.from(key) } };
    const answer = await this.#calls.transaction({ compare: [condition], success: [change], failure: [look] });
    if (answer.succeeded) return { revision: Number(answer.header.revision), current: undefined };
    const found = answer.responses[0]?.response_range.kvs[0];
    return { revision: undefined, current: found && toEntry(found) };
  }

  /** The revision of a write that every watch hears of, since it is made for that. */
  async #meetingRevision(): Promise<number> {
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.#calls.put({ key: this.#progressKey, value: Buffer.alloc(0) });
      } catch (error) {
        if (this.#closing) throw error;
        await this.#clock.sleep(backoffDelay(attempt, meetingRetry));
      }
    }
  }

  /** When `revision` wrote none of the store's keys, no event says that it is reached. Then a write of our own does. */
  #ensureProgress(revision: number): void {
    this.#expectedRevision = Math.max(this.#expectedRevision, revision);
    this.#cancelProgress ??= this.#clock.schedule(progressGraceMs, () => {
      this.#cancelProgress = undefined;
      const isBehind = this.#feed.revision < this.#expectedRevision;
      if (isBehind && !this.#closing) void this.#meetingRevision().catch(() => {});
    });
  }

  /** The oldest revision that can be read, found by asking: etcd does not tell. */
  async #findCompactedRevision(newest: number): Promise<number> {
    let low = this.#compactedRevision;
    let high = newest;
    if (await this.#isReadable(Math.max(1, low))) return low;
    while (low + 1 < high) {
      const middle = Math.floor((low + high) / 2);
      if (await this.#isReadable(middle)) high = middle;
      else low = middle;
    }
    this.#compactedRevision = Math.max(this.#compactedRevision, high);
    return high;
  }

  async #isReadable(revision: number): Promise<boolean> {
    try {
      await this.#calls.range({ key: this.#progressKey, revision });
      return true;
    } catch (error) {
      if (error instanceof StoreError && error.code === "Compacted") return false;
      throw error;
    }
  }
}

/** A key just before all others, so that one watch covers it and them. */
function progressKey(prefix: string): string {
  if (!prefix.endsWith("/")) throw new RangeError(`the prefix of all keys ends in "/": ${prefix}`);
  return `${prefix.slice(0, -1)}.progress`;
}

function span(prefix: string): { key: Buffer; range_end: Buffer } {
  return { key: Buffer.from(prefix || "\0"), range_end: Buffer.from(prefixEnd(prefix) ?? "\0") };
}

function unchanged(key: string, revision: number): ICompare {
  // Revision 0 would be met by a key that does not exist.
  return { key: Buffer.from(key), target: "Mod", result: "Equal", mod_revision: revision > 0 ? revision : -1 };
}

function refusal(key: string, expected: number, current: StoreEntry | undefined): StoreError {
  if (!current) return new StoreError("NotFound", `key ${key} does not exist`, { key });
  const message = `key ${key} is at revision ${current.revision}, not ${expected}`;
  return new StoreError("Conflict", message, { key, current });
}

function isWithoutLease(error: unknown): boolean {
  return error instanceof StoreError && error.cause instanceof EtcdLeaseInvalidError;
}

function refuseTooLarge(key: string, value: Uint8Array): void {
  if (value.length <= maxValueBytes) return;
  throw new StoreError("TooLarge", `${value.length} bytes for ${key}: at most ${maxValueBytes} are kept`, { key });
}

function asBuffer(value: Uint8Array): Buffer {
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
}
