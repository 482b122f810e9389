import { existsSync, mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
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
import { WatchHub } from "../watching/watch-hub.ts";
import { defaultVerifier, type StoreVerifier } from "./child-verifier.ts";
import { leaveMarker, matchesMarker, removeMarker } from "./clean-marker.ts";
import { Compactor } from "./compactor.ts";
import { damaged } from "./damaged.ts";
import { lockDirectory, type Unlock } from "./directory-lock.ts";
import { FirstRead } from "./first-read.ts";
import { GroupCommit, type PendingHead, type PendingWrite } from "./group-commit.ts";
import { History } from "./history.ts";
import type { Lease } from "./lease.ts";
import { LeaseTimer } from "./lease-timer.ts";
import { Snapshot } from "./snapshot.ts";
import { dataFileName, maxKeyBytes, openTables, type Tables } from "./tables.ts";

export interface EmbeddedStoreOptions {
  /** Where the data is; made when it does not exist. One store has it at a time. */
  directory: string;
  clock?: Clock;
  /** Checks a store that was not closed properly, or has changed since. A child process from the sources when absent. */
  verifier?: StoreVerifier;
  /** How often a watch without events hears that nothing is missing; 1000 when absent. */
  progressIntervalMs?: number;
  /** A larger data file is read once when it is opened, apart, so that it need not stay in memory; 64 MiB when absent. */
  readApartBytesMin?: number;
}

/** The version of the format on disk. */
const formatVersion = 1;
const readApartBytesMin = 64 * 2 ** 20;
const rangeSliceEntries = 250;

/**
 * Opens the store in a directory of this machine.
 * @throws StoreError `Locked` when another process has it, `Damaged` when its data is.
 */
export async function openEmbeddedStore(options: EmbeddedStoreOptions): Promise<Store> {
  const { directory } = options;
  mkdirSync(directory, { recursive: true });
  const unlock = lockDirectory(directory);
  try {
    await refuseDamaged(directory, options.verifier ?? defaultVerifier);
    await removeMarker(directory);
    const first = await readApart(directory, options.readApartBytesMin ?? readApartBytesMin);
    const tables = openTables(directory);
    await refuseOtherFormat(tables, directory);
    return new EmbeddedStore(tables, unlock, options, first);
  } catch (error) {
    await unlock();
    throw error;
  }
}

async function refuseDamaged(directory: string, verifier: StoreVerifier): Promise<void> {
  if (!existsSync(join(directory, dataFileName)) || (await matchesMarker(directory))) return;
  await verifier(directory);
}

/** What a large store holds, read through a map that is let go; undefined for a small one. */
async function readApart(directory: string, bytesMin: number): Promise<FirstRead | undefined> {
  const file = join(directory, dataFileName);
  if (!existsSync(file) || statSync(file).size < bytesMin) return undefined;
  const tables = openTables(directory, { readOnly: true });
  await refuseOtherFormat(tables, directory);
  try {
    const snapshot = new Snapshot(tables, (what) => damaged(directory, what));
    try {
      return new FirstRead(snapshot.revision, (await collect(snapshot.range("", {}))).entries);
    } finally {
      snapshot.release();
    }
  } finally {
    await tables.close();
  }
}

async function refuseOtherFormat(tables: Tables, directory: string): Promise<void> {
  const transaction = tables.beginRead();
  const found = tables.meta.getBinaryFast("format", { transaction })?.readUIntBE(0, 6) ?? formatVersion;
  transaction.done();
  if (found <= formatVersion) return;
  await tables.close();
  throw new StoreError(
    "Damaged",
    `the store in ${directory} has format ${found}: a newer version of this program wrote it`,
  );
}

class EmbeddedStore implements Store {
  readonly #history: History;
  readonly #watches: WatchHub;
  readonly #tables: Tables;
  readonly #unlock: Unlock;
  readonly #directory: string;
  readonly #clock: Clock;
  readonly #commit: GroupCommit;
  readonly #compactor: Compactor;
  readonly #leases: LeaseTimer;
  #snapshot: Snapshot;
  #first: FirstRead | undefined;
  #closing: Promise<void> | undefined;
  #sound = true;
  readonly #damaged = (what: string) => {
    this.#sound = false;
    return damaged(this.#directory, what);
  };

  constructor(tables: Tables, unlock: Unlock, options: EmbeddedStoreOptions, first: FirstRead | undefined) {
    const snapshot = () => this.#snapshot;
    this.#tables = tables;
    this.#first = first;
    this.#unlock = unlock;
    this.#directory = options.directory;
    this.#clock = options.clock ?? systemClock;
    this.#snapshot = new Snapshot(tables, this.#damaged);
    this.#commit = new GroupCommit(tables, snapshot, (revision, writes) => this.#publish(revision, writes));
    this.#compactor = new Compactor(tables, this.#commit, snapshot);
    this.#leases = new LeaseTimer(snapshot, this.#clock, (leases) => this.#expire(leases));
    this.#history = new History(snapshot, () => this.#compactor.revision);
    this.#watches = new WatchHub(this.#history, options.progressIntervalMs ?? 1000);
    this.#leases.start();
    this.#noteFormat();
  }

  async get(key: string): Promise<StoreEntry | undefined> {
    this.#refuseWhenClosed();
    return this.#snapshot.get(key);
  }

  async range(prefix: string, options: RangeOptions = {}): Promise<RangeResult> {
    this.#refuseWhenClosed();
    const snapshot = this.#snapshot;
    const { revision = snapshot.revision } = options;
    if (revision > snapshot.revision) throw future(revision, snapshot.revision);
    if (revision < this.#compactor.revision) throw compacted(revision, this.#compactor.revision);
    const first = this.#first?.page(prefix, { ...options, revision });
    if (first) {
      if (!first.more) this.#first = undefined;
      return first;
    }
    snapshot.retain();
    try {
      return { revision, ...(await collect(snapshot.range(prefix, options))) };
    } finally {
      snapshot.release();
    }
  }

  async count(prefix: string): Promise<number> {
    this.#refuseWhenClosed();
    return this.#snapshot.count(prefix);
  }

  create(key: string, value: Uint8Array, options?: WriteOptions): Promise<number> {
    try {
      this.#refuseWrong(key, value);
      const head = this.#commit.head(key);
      if (!head || head.removed) return this.#write(key, value, head, options);
      if (!head.settled) throw new StoreError("Exists", `key ${key} exists`, { key });
      return this.#settled(head.settled).then(() => this.create(key, value, options));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  async update(key: string, value: Uint8Array, expectedRevision: number, options?: WriteOptions): Promise<number> {
    this.#refuseWrong(key, value);
    return this.#onHead(key, expectedRevision, (head) => this.#write(key, value, head, options));
  }

  async delete(key: string, expectedRevision: number): Promise<number> {
    this.#refuseWhenClosed();
    return this.#onHead(key, expectedRevision, (head) => this.#commit.write(key, undefined, head));
  }

  watch(prefix: string, fromRevision: number, signal?: AbortSignal): AsyncIterable<WatchBatch> {
    return {
      [Symbol.asyncIterator]: () => {
        if (this.#watches.size === 0) this.#history.forget();
        return this.#watches.watch(prefix, fromRevision, signal);
      },
    };
  }

  async currentRevision(): Promise<number> {
    this.#refuseWhenClosed();
    const { revision } = this.#snapshot;
    // Whoever asks will wait until a watch has got that far.
    this.#watches.expectProgress(revision);
    return revision;
  }

  knownRevision(): number {
    this.#refuseWhenClosed();
    return this.#snapshot.revision;
  }

  async compact(revision: number): Promise<void> {
    this.#refuseWhenClosed();
    if (revision > this.#snapshot.revision) throw future(revision, this.#snapshot.revision);
    await this.#compactor.compact(revision);
    this.#watches.wake();
  }

  async status(): Promise<StoreStatus> {
    this.#refuseWhenClosed();
    return {
      backend: "embedded",
      version: `format ${formatVersion}`,
      revision: this.#snapshot.revision,
      compactedRevision: this.#compactor.revision,
      sizeBytes: statSync(join(this.#directory, dataFileName)).size,
    };
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#leases.stop();
    this.#watches.close();
    await this.#compactor.stop();
    const failed = this.#commit.failure;
    await this.#commit.stop(closed());
    this.#snapshot.release();
    try {
      await this.#tables.close();
      if (this.#sound && !failed) await leaveMarker(this.#directory);
    } finally {
      await this.#unlock();
    }
  }

  #noteFormat(): void {
    if (this.#snapshot.number("format") !== undefined) return;
    const format = Buffer.alloc(6);
    format.writeUIntBE(formatVersion, 0, 6);
    // Not waited for: the first writer learns whether the disk takes it.
    this.#commit.chore(() => void this.#tables.meta.put("format", format)).catch(() => {});
  }

  #write(key: string, value: Uint8Array, head: PendingHead | undefined, options?: WriteOptions): Promise<number> {
    const ttl = options?.ttlSeconds;
    if (ttl === undefined) return this.#commit.write(key, value, head);
    const endsAt = Math.ceil(this.#clock.now() + ttl * 1000);
    const written = this.#commit.write(key, value, head, endsAt);
    return written.then((revision) => {
      this.#leases.expect(endsAt);
      return revision;
    });
  }

  /**
   * Calls `write` in the moment in which the key's newest revision is `expected`. A refusal waits until what it rests on
   * is on disk.
   */
  async #onHead(key: string, expected: number, write: (head: PendingHead) => Promise<number>): Promise<number> {
    for (;;) {
      const head = this.#commit.head(key);
      if (head && !head.removed && head.revision === expected) return write(head);
      if (!head?.settled) {
        const current = this.#snapshot.get(key);
        if (!current) throw new StoreError("NotFound", `key ${key} does not exist`, { key });
        const message = `key ${key} is at revision ${current.revision}, not ${expected}`;
        throw new StoreError("Conflict", message, { key, current });
      }
      await this.#settled(head.settled);
    }
  }

  async #settled(batch: Promise<unknown>): Promise<void> {
    await batch;
    this.#refuseWhenClosed();
  }

  /** A batch is on disk: from here on it is what readers and watches see. */
  #publish(revision: number, writes: readonly PendingWrite[]): void {
    const before = this.#snapshot;
    // Who reads everything does so before anybody writes.
    this.#first = undefined;
    this.#snapshot = new Snapshot(this.#tables, this.#damaged, revision);
    before.release();
    if (this.#watches.size === 0) return;
    try {
      this.#history.append(writes);
    } catch {
      // A value before these writes is damaged: the watches that read it from the log meet that error.
      this.#history.forget();
    }
    this.#watches.wake();
  }

  /** Removes keys whose lease has ended and who have not been written since. */
  async #expire(leases: Lease[]): Promise<void> {
    const removals: Promise<number>[] = [];
    for (const { key, revision } of leases) {
      const head = this.#commit.head(key);
      if (head && !head.removed && head.revision === revision) removals.push(this.#commit.write(key, undefined, head));
    }
    const forgotten = this.#commit.chore(() => {
      for (const { id } of leases) this.#tables.leases.remove(id);
    });
    await Promise.all([forgotten, ...removals]);
  }

  #refuseWrong(key: string, value: Uint8Array): void {
    this.#refuseWhenClosed();
    if (value.length > maxValueBytes) {
      throw new StoreError("TooLarge", `${value.length} bytes for ${key}: at most ${maxValueBytes} are kept`, { key });
    }
    if (key.length === 0 || (key.length * 3 > maxKeyBytes && Buffer.byteLength(key) > maxKeyBytes)) {
      throw new StoreError("TooLarge", `a key has 1 to ${maxKeyBytes} bytes`, { key });
    }
  }

  #refuseWhenClosed(): void {
    if (this.#closing) throw closed();
  }
}

function closed(): StoreError {
  return new StoreError("Closed", "the store is closed");
}

function compacted(revision: number, limit: number): StoreError {
  return new StoreError("Compacted", `revision ${revision} is compacted: history starts at ${limit}`);
}

function future(revision: number, newest: number): StoreError {
  return new StoreError("FutureRevision", `revision ${revision} is after the newest, ${newest}`);
}

/** Gathers a range, with a pause for other work now and then. */
async function collect(range: Generator<StoreEntry, number>): Promise<Omit<RangeResult, "revision">> {
  const entries: StoreEntry[] = [];
  for (;;) {
    const { done, value } = range.next();
    if (done) return { entries, more: value > 0, remaining: value };
    entries.push(value);
    if (entries.length % rangeSliceEntries === 0) await new Promise((resolve) => setImmediate(resolve));
  }
}
