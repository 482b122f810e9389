import { join } from "node:path";
import { setTimeout as setTimeoutPromise } from "node:timers/promises";
import { open } from "lmdb";

/** The name of the data file in the store's directory. */
export const dataFileName = "data.mdb";

/** lmdb's flags for a transaction that is not a nested one and is flushed in the background. */
const committedAtOnce: number = 0x10002;
const reasonDeadlineMs = 1_000;

/** The longest key, in bytes of UTF-8. */
export const maxKeyBytes = 1024;

/** A consistent view of the tables; `done` releases it. */
export interface ReadTransaction {
  use(): void;
  done(): void;
}

export interface ReadOptions {
  transaction: ReadTransaction;
}

export interface ScanOptions<K> extends ReadOptions {
  start: K;
  end?: K | undefined;
  exclusiveStart?: boolean;
  limit?: number;
  reverse?: boolean;
}

/** What is used of an lmdb database. lmdb's own typings lack the transaction and append options. */
export interface Table<K> {
  /** A copy of the value. */
  getBinary(key: K, options: ReadOptions): Buffer | undefined;
  /** The value in a buffer that the next read overwrites. */
  getBinaryFast(key: K, options: ReadOptions): Buffer | undefined;
  getRange(options: ScanOptions<K>): Iterable<{ key: K; value: Buffer }>;
  getKeys(options: ScanOptions<K>): Iterable<K>;
  getKeysCount(options: ScanOptions<K>): number;
  put(key: K, value: Uint8Array, options?: { append: boolean }): Promise<boolean>;
  remove(key: K): Promise<boolean>;
  getStats(): { entryCount: number };
}

/** The tables of an embedded store, in one LMDB file. */
export interface Tables {
  /** Key to the revision of its value (6 bytes); live keys only, so that counting is a walk over keys. */
  heads: Table<string>;
  /** Key to the revision of its removal (6 bytes), until compacted. */
  graves: Table<string>;
  /** Revision to record: see `record.ts`. */
  log: Table<number>;
  /** Time of expiry (6 bytes, milliseconds) and revision (6 bytes) to the key that expires then. */
  leases: Table<Uint8Array>;
  /** Name to number (6 bytes). */
  meta: Table<string>;
  /**
   * Runs `writes` as one atomic LMDB transaction; resolves when it is flushed to disk.
   * @throws CommitFailure when nothing was written.
   */
  commit(writes: () => void): Promise<void>;
  /** Pins the newest committed state. */
  beginRead(): ReadTransaction;
  close(): Promise<void>;
}

const textKey = {
  writeKey: (key: string, target: Buffer, start: number) => start + target.write(key, start, "utf8"),
  readKey: (source: Buffer, start: number, end: number) => source.toString("utf8", start, end),
};

const revisionKey = {
  writeKey: (key: number, target: Buffer, start: number) => target.writeUIntBE(key, start, 6),
  readKey: (source: Buffer, start: number) => source.readUIntBE(start, 6),
};

/** The largest size of the data file. LMDB sets address space aside for it, not memory. */
const mapBytes = 64 * 2 ** 30;

/** Opens the tables in `directory`; creates them unless `readOnly`. */
export function openTables(directory: string, options: { mapBytes?: number; readOnly?: boolean } = {}): Tables {
  const root = open({
    path: join(directory, dataFileName),
    noSubdir: true,
    mapSize: options.mapBytes ?? mapBytes,
    readOnly: options.readOnly ?? false,
    encoding: "binary",
    maxDbs: 8,
    maxReaders: 512,
    // Batches are made here, so that a batch is exactly one transaction.
    eventTurnBatching: false,
    separateFlushed: true,
  });
  const table = <K>(name: string, keyEncoder: object | undefined): Table<K> => {
    const keys = keyEncoder ? { keyEncoder } : { keyEncoding: "binary" as const };
    const database: unknown = root.openDB(name, { encoding: "binary", ...keys });
    if (!database) throw new Error(`the table ${name} is missing`);
    return database as Table<K>;
  };
  const openAll = () => ({
    heads: table<string>("heads", textKey),
    graves: table<string>("graves", textKey),
    log: table<number>("log", revisionKey),
    leases: table<Uint8Array>("leases", undefined),
    meta: table<string>("meta", textKey),
  });
  // Together, so that making them is one flush and not five.
  const tables = options.readOnly ? openAll() : root.transactionSync(openAll, committedAtOnce);
  return {
    ...tables,
    commit: async (writes) => {
      try {
        // The first promise settles on commit, which is before the data is on disk.
        await Promise.all([root.batch(writes), root.flushed]);
      } catch (error) {
        throw await commitFailure(error);
      }
    },
    beginRead: () => {
      root.resetReadTxn();
      const transaction: unknown = root.useReadTransaction();
      return transaction as ReadTransaction;
    },
    close: () => root.close(),
  };
}

/** A transaction that was given up as a whole: the store is as it was before. */
export class CommitFailure extends Error {
  constructor(cause: unknown) {
    super(cause instanceof Error ? cause.message : "the transaction failed", { cause });
    this.name = "CommitFailure";
  }
}

/** lmdb says why in a second promise, which must not stay without a listener. */
async function commitFailure(error: unknown): Promise<unknown> {
  if (!(error instanceof Error && "commitError" in error)) return error;
  const reason = Promise.resolve(error.commitError).catch((cause: unknown) => cause);
  const timeout = setTimeoutPromise(reasonDeadlineMs, undefined, { ref: false });
  return new CommitFailure(await Promise.race([reason, timeout]));
}
