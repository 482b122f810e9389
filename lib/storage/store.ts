/**
 * The store: etcd's semantics as a small contract, over bytes and revisions. It knows no kinds.
 *
 * There is one global revision, a positive safe integer that each committed write raises by one. Keys are UTF-8 strings
 * in byte order. `conformance.ts` is this contract as a test; every backend passes it.
 */
export interface Store {
  /** The entry under `key` now, or undefined. Linearizable: sees every write acknowledged before the call. */
  get(key: string): Promise<StoreEntry | undefined>;

  /**
   * Entries whose key begins with `prefix`, in key order.
   * @throws StoreError `Compacted` when `revision` is compacted, `FutureRevision` when it is not yet reached.
   */
  range(prefix: string, options?: RangeOptions): Promise<RangeResult>;

  /** How many keys begin with `prefix` now. */
  count(prefix: string): Promise<number>;

  /**
   * Writes a key that must not exist, and returns its revision once the write is durable.
   * @throws StoreError `Exists`, `TooLarge`.
   */
  create(key: string, value: Uint8Array, options?: WriteOptions): Promise<number>;

  /**
   * Replaces a key whose last revision is `expectedRevision`; returns the new revision once durable.
   * @throws StoreError `Conflict` (with the current entry), `NotFound`, `TooLarge`.
   */
  update(key: string, value: Uint8Array, expectedRevision: number, options?: WriteOptions): Promise<number>;

  /**
   * Removes a key whose last revision is `expectedRevision`; returns the removal's revision once durable.
   * @throws StoreError `Conflict` (with the current entry), `NotFound`.
   */
  delete(key: string, expectedRevision: number): Promise<number>;

  /**
   * Changes to keys under `prefix` after `fromRevision` (exclusive), in revision order, each once, in batches, until
   * `signal` aborts or the consumer returns. A batch without events is progress: nothing up to its revision is missing.
   * Survives a lost connection without loss or repetition. The iterator throws StoreError `Compacted` when history after
   * `fromRevision` is gone (also for a consumer so slow that its bounded buffer overflowed).
   */
  watch(prefix: string, fromRevision: number, signal?: AbortSignal): AsyncIterable<WatchBatch>;

  /** The newest committed revision, linearizable. A cheap call: consistent reads from a cache wait for this revision. */
  currentRevision(): Promise<number>;

  /** The same where the store knows it without asking anybody, as one does that no other process writes to. */
  knownRevision?(): number | undefined;

  /** Forgets history up to and including `revision`, save what is current. Idempotent. */
  compact(revision: number): Promise<void>;

  /** Where the store stands, for health, metrics and `get cs`. */
  status(): Promise<StoreStatus>;

  /** Ends watches, flushes, releases every resource. Idempotent. */
  close(): Promise<void>;
}

/** One key at one revision. `value` belongs to the store: nobody changes its bytes. */
export interface StoreEntry {
  key: string;
  value: Uint8Array;
  /** The revision that wrote this value. */
  revision: number;
}

export interface RangeOptions {
  /** Read as of this revision; the newest when absent. */
  revision?: number;
  /** At most this many entries. */
  limit?: number;
  /** Only keys after this one (exclusive): the last key of the page before. */
  after?: string;
}

export interface RangeResult {
  entries: StoreEntry[];
  /** The revision that was read at: pages of one list all name the first page's. */
  revision: number;
  /** Whether keys remain after the last entry. */
  more: boolean;
  /** How many keys remain after the last entry; 0 when `more` is false. */
  remaining: number;
}

export interface WriteOptions {
  /** The key removes itself this many seconds after the write; the removal is an ordinary delete to watchers. */
  ttlSeconds?: number;
}

/** A change: `value` is absent for a removal, `previous` is the entry before it (absent for a creation). */
export interface StoreEvent {
  key: string;
  revision: number;
  value?: Uint8Array;
  previous?: StoreEntry;
}

export interface WatchBatch {
  events: StoreEvent[];
  /** Every change up to this revision has been delivered. */
  revision: number;
}

export interface StoreStatus {
  backend: "embedded" | "etcd";
  version: string;
  revision: number;
  compactedRevision: number;
  sizeBytes: number;
}

/** Values larger than this are refused (etcd's request limit, 1.5 MiB). */
export const maxValueBytes = 1_572_864;

export type StoreErrorCode =
  | "Exists"
  | "NotFound"
  | "Conflict"
  | "Compacted"
  | "FutureRevision"
  | "TooLarge"
  /** The backend cannot be reached or did not answer in time; the write may or may not have happened. */
  | "Unavailable"
  /** Another process has the data directory. */
  | "Locked"
  /** The data on disk is damaged; the message says where and how to recover. */
  | "Damaged"
  | "Closed";

/** What a store throws. */
export class StoreError extends Error {
  readonly code: StoreErrorCode;
  readonly key: string | undefined;
  /** For `Conflict`: the entry as it is now. */
  readonly current: StoreEntry | undefined;

  constructor(
    code: StoreErrorCode,
    message: string,
    details: { key?: string; current?: StoreEntry; cause?: unknown } = {},
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = "StoreError";
    this.code = code;
    this.key = details.key;
    this.current = details.current;
  }
}
