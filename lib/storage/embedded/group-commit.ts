import { StoreError } from "../store.ts";
import { withAwakeDeadline } from "./awake-deadline.ts";
import { leaseId } from "./lease.ts";
import { encodeRecord, recordBytesMax } from "./record.ts";
import { RecordArena } from "./record-arena.ts";
import type { Head, Snapshot } from "./snapshot.ts";
import { CommitFailure, type Tables } from "./tables.ts";

/** A write on its way to disk. */
export interface PendingWrite {
  key: string;
  revision: number;
  /** Absent for a removal. */
  value: Uint8Array | undefined;
  /** The key's head before this write. */
  before: Head | undefined;
  /** Milliseconds since the epoch; absent when the key stays. */
  expiresAt: number | undefined;
}

interface QueuedWrite extends PendingWrite {
  record: Buffer;
  resolve: (revision: number) => void;
  reject: (error: Error) => void;
}

interface Batch {
  arena: RecordArena;
  writes: QueuedWrite[];
  /** Further changes to the tables, without a revision. */
  chores: (() => void)[];
  bytes: number;
  /** Resolves when the batch is on disk, or with why it is not. */
  settled: Promise<StoreError | undefined>;
  settle: (failure?: StoreError) => void;
}

/** A key's newest head, with the batch that brings it to disk. */
export interface PendingHead extends Head {
  /** Resolves when the batch is on disk or has failed; absent when the head is on disk. */
  settled?: Promise<unknown>;
}

const batchWritesMax = 1024;
const batchBytesMax = 8 * 1024 * 1024;
const flushSeconds = 30;
/** The longest that a batch waits for writers that keep coming. */
const gatheringMsMax = 3;

/**
 * Group commit: writes that arrive while a batch is on its way to disk form the next batch, and each batch is one LMDB
 * transaction with one flush. Revisions are given out in the order of arrival.
 */
export class GroupCommit {
  readonly #tables: Tables;
  readonly #snapshot: () => Snapshot;
  readonly #onDurable: (revision: number, writes: readonly PendingWrite[]) => void;
  readonly #heads = new Map<string, PendingHead>();
  readonly #queue: Batch[] = [];
  readonly #spareArenas: RecordArena[] = [];
  #inFlight: Batch | undefined;
  #submitting = false;
  #revision: number;
  #failure: StoreError | undefined;

  /** `onDurable` is called for each batch once it is on disk, before its writers hear of it; it renews the snapshot. */
  constructor(
    tables: Tables,
    snapshot: () => Snapshot,
    onDurable: (revision: number, writes: readonly PendingWrite[]) => void,
  ) {
    this.#tables = tables;
    this.#snapshot = snapshot;
    this.#revision = snapshot().revision;
    this.#onDurable = onDurable;
  }

  /** The newest head of `key`, on disk or on its way. */
  head(key: string): PendingHead | undefined {
    return this.#heads.get(key) ?? this.#snapshot().head(key);
  }

  /** Queues a write on top of `before`, the newest head; resolves with its revision once it is on disk. */
  write(
    key: string,
    value: Uint8Array | undefined,
    before: Head | undefined,
    expiresAt?: number | undefined,
  ): Promise<number> {
    if (this.#failure) return Promise.reject(this.#failure);
    const batch = this.#openBatch();
    const revision = ++this.#revision;
    const fields = {
      key,
      value,
      previous: before?.revision ?? 0,
      replaces: before !== undefined && !before.removed,
    };
    const { buffer, start } = batch.arena.reserve(recordBytesMax(key, value));
    const record = batch.arena.take(encodeRecord(fields, revision, buffer, start));
    batch.bytes += record.length;
    this.#heads.set(key, { revision, removed: value === undefined, settled: batch.settled });
    return new Promise((resolve, reject) => {
      batch.writes.push({ key, value, revision, before, expiresAt, record, resolve, reject });
    });
  }

  /** Why nothing can be written any more. */
  get failure(): StoreError | undefined {
    return this.#failure;
  }

  /** Makes `chore` part of the next batch; resolves when that is on disk. */
  async chore(chore: () => void): Promise<void> {
    if (this.#failure) throw this.#failure;
    const batch = this.#openBatch();
    batch.chores.push(chore);
    const failure = await batch.settled;
    if (failure) throw failure;
  }

  /** Refuses further writes with `error`, and resolves when those under way have settled. */
  async stop(error: StoreError): Promise<void> {
    this.#failure ??= error;
    await (this.#queue.at(-1) ?? this.#inFlight)?.settled;
  }

  #openBatch(): Batch {
    const last = this.#queue.at(-1);
    if (last && last.writes.length < batchWritesMax && last.bytes < batchBytesMax) return last;
    let settle: Batch["settle"] = () => {};
    const settled = new Promise<StoreError | undefined>((resolve) => {
      settle = resolve;
    });
    const arena = this.#spareArenas.pop() ?? new RecordArena();
    const batch: Batch = { arena, writes: [], chores: [], bytes: 0, settled, settle };
    this.#queue.push(batch);
    this.#scheduleSubmit();
    return batch;
  }

  /**
   * A batch goes on its way in the first turn of the event loop that brings no more writes: whoever the last batch woke joins
   * this one, and what a flush costs is shared by as many as there are.
   */
  #scheduleSubmit(): void {
    if (this.#submitting || this.#inFlight || this.#queue.length === 0) return;
    this.#submitting = true;
    const begun = performance.now();
    let gathered = -1;
    const look = () => {
      const last = this.#revision;
      const isFull = this.#queue.length > 1;
      if (last === gathered || isFull || performance.now() - begun > gatheringMsMax) {
        this.#submitting = false;
        void this.#submit();
        return;
      }
      gathered = last;
      setImmediate(look);
    };
    setImmediate(look);
  }

  async #submit(): Promise<void> {
    const batch = this.#queue.shift();
    if (!batch) return;
    this.#inFlight = batch;
    try {
      await withAwakeDeadline(this.#commit(batch), flushSeconds);
      this.#succeed(batch);
    } catch (error) {
      this.#fail(batch, error);
    }
    this.#inFlight = undefined;
    this.#scheduleSubmit();
  }

  async #commit(batch: Batch): Promise<void> {
    const appends: Promise<boolean>[] = [];
    const committed = this.#tables.commit(() => {
      // Chores first: they were decided on before the writes that share the batch.
      for (const chore of batch.chores) chore();
      for (const write of batch.writes) appends.push(this.#apply(batch, write));
    });
    const appended = Promise.all(appends);
    // When the commit fails, these fail with it, and say less.
    appended.catch(() => {});
    await committed;
    if ((await appended).includes(false)) throw new Error("a revision was already taken");
  }

  #apply(batch: Batch, write: QueuedWrite): Promise<boolean> {
    const { heads, graves, leases, log } = this.#tables;
    const { buffer, start } = batch.arena.reserve(6);
    const revision = batch.arena.take(buffer.writeUIntBE(write.revision, start, 6));
    if (write.value) {
      heads.put(write.key, revision);
      if (write.before?.removed) graves.remove(write.key);
    } else {
      graves.put(write.key, revision);
      heads.remove(write.key);
    }
    if (write.expiresAt !== undefined) leases.put(leaseId(write.expiresAt, write.revision), Buffer.from(write.key));
    return log.put(write.revision, write.record, { append: true });
  }

  #succeed(batch: Batch): void {
    const last = batch.writes.at(-1)?.revision ?? this.#snapshot().revision;
    for (const { key, revision } of batch.writes) {
      if (this.#heads.get(key)?.revision === revision) this.#heads.delete(key);
    }
    this.#onDurable(last, batch.writes);
    for (const write of batch.writes) write.resolve(write.revision);
    batch.settle();
    batch.arena.reset();
    if (this.#spareArenas.length < 2) this.#spareArenas.push(batch.arena);
  }

  /** A failed batch takes along what was queued on top of it. Unless it is sure that nothing was written, it is the last. */
  #fail(batch: Batch, cause: unknown): void {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const error = new StoreError("Unavailable", `the store could not write to disk: ${reason}`, { cause });
    if (!(cause instanceof CommitFailure)) this.#failure ??= error;
    for (const failed of [batch, ...this.#queue.splice(0)]) {
      for (const write of failed.writes) write.reject(error);
      failed.settle(error);
    }
    this.#heads.clear();
    this.#revision = this.#snapshot().revision;
  }
}
