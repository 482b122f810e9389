import type { RangeOptions, RangeResult, StoreEntry } from "../store.ts";
import { compareKeys, prefixEnd } from "../watching/key-order.ts";
import { type Lease, leaseId } from "./lease.ts";
import { decodeRecord, type LogRecord } from "./record.ts";
import type { ReadOptions, ReadTransaction, Tables } from "./tables.ts";

/** What is known of a key: its newest revision, and whether that one removed it. */
export interface Head {
  revision: number;
  removed: boolean;
}

const maxRevision = 2 ** 48 - 1;

/** Takes note of damage, and makes the error that says so. */
export type Damaged = (what: string) => Error;

/** The store as it was on disk at one revision. Reads are synchronous; `release` lets LMDB reuse the pages. */
export class Snapshot {
  readonly revision: number;
  readonly #tables: Tables;
  readonly #damaged: Damaged;
  readonly #transaction: ReadTransaction;
  readonly #read: ReadOptions;

  /** Pins what is on disk now; `revision` is the newest in it, and is looked up when absent. */
  constructor(tables: Tables, damaged: Damaged, revision?: number) {
    this.#tables = tables;
    this.#damaged = damaged;
    this.#transaction = tables.beginRead();
    this.#read = { transaction: this.#transaction };
    this.revision = revision ?? Math.max(1, this.lastLogged(), this.number("compacted") ?? 0);
  }

  /** Keeps the snapshot readable until a further `release`. */
  retain(): void {
    this.#transaction.use();
  }

  release(): void {
    this.#transaction.done();
  }

  head(key: string): Head | undefined {
    const live = this.#tables.heads.getBinaryFast(key, this.#read);
    if (live) return { revision: live.readUIntBE(0, 6), removed: false };
    const grave = this.#tables.graves.getBinaryFast(key, this.#read);
    return grave && { revision: grave.readUIntBE(0, 6), removed: true };
  }

  get(key: string): StoreEntry | undefined {
    const live = this.#tables.heads.getBinaryFast(key, this.#read);
    return live && this.#entry(key, live.readUIntBE(0, 6));
  }

  /** A number of the store's own, by name. */
  number(name: string): number | undefined {
    return this.#tables.meta.getBinaryFast(name, this.#read)?.readUIntBE(0, 6);
  }

  /** The revision of the newest record in the log; 0 when it is empty. */
  lastLogged(): number {
    const [last] = this.#tables.log.getKeys({ ...this.#read, start: maxRevision, reverse: true, limit: 1 });
    return last ?? 0;
  }

  /** Leases that end before `until`, earliest first. */
  leasesBefore(until: number, limit: number): Lease[] {
    const start = leaseId(0, 0);
    const end = leaseId(Math.min(until, maxRevision), 0);
    const rows = [...this.#tables.leases.getRange({ ...this.#read, start, end, limit })];
    return rows.map(({ key: id, value }) => ({
      id,
      key: value.toString(),
      endsAt: Buffer.from(id).readUIntBE(0, 6),
      revision: Buffer.from(id).readUIntBE(6, 6),
    }));
  }

  count(prefix: string, after?: string): number {
    return this.#tables.heads.getKeysCount(this.#bounds(prefix, after));
  }

  /** The record of `revision`, or undefined when it is compacted. */
  record(revision: number): LogRecord | undefined {
    const bytes = this.#tables.log.getBinary(revision, this.#read);
    return bytes && this.#decode(bytes, revision);
  }

  /** The value that `revision` wrote to `key`. */
  entryAt(key: string, revision: number): StoreEntry {
    return this.#entry(key, revision);
  }

  /** Records after `revision`, in order. */
  *recordsAfter(revision: number): Generator<{ revision: number; record: LogRecord }> {
    for (const { key, value } of this.#tables.log.getRange({ ...this.#read, start: revision + 1 })) {
      yield { revision: key, record: this.#decode(value, key) };
    }
  }

  /** The newest entries under `prefix`, lazily, with the number that remain after `limit`. */
  range(prefix: string, options: RangeOptions): Generator<StoreEntry, RangeResult["remaining"]> {
    const { revision = this.revision } = options;
    return revision === this.revision ? this.#rangeNow(prefix, options) : this.#rangeAt(prefix, revision, options);
  }

  *#rangeNow(prefix: string, { limit, after }: RangeOptions): Generator<StoreEntry, number> {
    let left = limit ?? Number.POSITIVE_INFINITY;
    for (const { key, value } of this.#tables.heads.getRange(this.#bounds(prefix, after))) {
      yield this.#entry(key, value.readUIntBE(0, 6));
      if (--left === 0) return this.count(prefix, key);
    }
    return 0;
  }

  *#rangeAt(prefix: string, revision: number, { limit, after }: RangeOptions): Generator<StoreEntry, number> {
    let left = limit ?? Number.POSITIVE_INFINITY;
    let remaining = 0;
    for (const [key, newest] of this.#headsAndGraves(prefix, after)) {
      const found = this.#revisionAt(newest, revision);
      if (!found) continue;
      if (left-- > 0) yield this.#entry(key, found);
      else remaining++;
    }
    return remaining;
  }

  /** Every key that has history, in order, with its newest revision. */
  *#headsAndGraves(prefix: string, after: string | undefined): Generator<[key: string, newest: Head]> {
    const graves = this.#tables.graves.getRange(this.#bounds(prefix, after))[Symbol.iterator]();
    let grave = graves.next();
    for (const { key, value } of this.#tables.heads.getRange(this.#bounds(prefix, after))) {
      // Read before the graves' iterator moves: both fill the same buffer.
      const revision = value.readUIntBE(0, 6);
      while (!grave.done && compareKeys(grave.value.key, key) < 0) {
        yield [grave.value.key, { revision: grave.value.value.readUIntBE(0, 6), removed: true }];
        grave = graves.next();
      }
      yield [key, { revision, removed: false }];
    }
    for (; !grave.done; grave = graves.next()) {
      yield [grave.value.key, { revision: grave.value.value.readUIntBE(0, 6), removed: true }];
    }
  }

  /** The revision whose value the key had at `revision`, walking back from its newest; undefined when it had none. */
  #revisionAt(newest: Head, revision: number): number | undefined {
    if (newest.revision <= revision) return newest.removed ? undefined : newest.revision;
    for (let at = newest.revision; at > 0; ) {
      const record = this.record(at);
      if (!record) return undefined;
      if (at <= revision) return record.value ? at : undefined;
      at = record.previous;
    }
    return undefined;
  }

  #entry(key: string, revision: number): StoreEntry {
    const record = this.record(revision);
    if (record?.key !== key || !record.value) {
      throw this.#damaged(`key ${key} names revision ${revision}, which does not hold it`);
    }
    return { key, value: record.value, revision };
  }

  #decode(bytes: Buffer, revision: number): LogRecord {
    const record = decodeRecord(bytes, revision);
    if (!record) throw this.#damaged(`the checksum of revision ${revision} is wrong`);
    return record;
  }

  #bounds(prefix: string, after: string | undefined) {
    const end = prefixEnd(prefix);
    return after !== undefined && compareKeys(after, prefix) >= 0
      ? { ...this.#read, start: after, exclusiveStart: true, end }
      : { ...this.#read, start: prefix, end };
  }
}
