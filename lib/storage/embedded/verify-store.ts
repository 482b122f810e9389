import { decodeRecord } from "./record.ts";
import { openTables, type ReadOptions, type Tables } from "./tables.ts";

/** The exit code that says: the store was read, and is damaged. */
export const damagedExitCode = 3;

/**
 * Reads everything in the store of `directory` and returns what is wrong, or undefined. LMDB trusts its file: reading a
 * damaged one may end the process by a signal, so this runs in a child process (`child-verifier.ts`).
 */
async function findDamage(directory: string): Promise<string | undefined> {
  let tables: Tables | undefined;
  try {
    tables = openTables(directory, { readOnly: true });
    return firstDamage(tables);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    await tables?.close();
  }
}

/** The child's whole program: says what is wrong on standard output, and exits with `damagedExitCode`. */
export async function runVerifyStore(directory: string): Promise<void> {
  const damage = await findDamage(directory);
  if (damage === undefined) return;
  process.stdout.write(damage);
  process.exitCode = damagedExitCode;
}

function firstDamage(tables: Tables): string | undefined {
  const transaction = tables.beginRead();
  const read: ReadOptions = { transaction };
  try {
    const found: Found = { keys: new Map(), newest: new Set() };
    return (
      damageInLog(tables, read, found) ??
      damageInIndex(tables, read, found) ??
      damageInLeases(tables, read) ??
      damageInCounts(tables, read)
    );
  } finally {
    transaction.done();
  }
}

interface Found {
  /** What each revision is about; removals with a leading `-`. */
  keys: Map<number, string>;
  /** Revisions that no later one replaces. */
  newest: Set<number>;
}

function damageInLog(tables: Tables, read: ReadOptions, found: Found): string | undefined {
  for (const { key: revision, value } of tables.log.getRange({ ...read, start: 0 })) {
    const record = decodeRecord(value, revision);
    if (!record) return `the checksum of revision ${revision} is wrong`;
    found.keys.set(revision, record.value ? record.key : `-${record.key}`);
    found.newest.add(revision);
    found.newest.delete(record.previous);
  }
  return undefined;
}

function damageInIndex(tables: Tables, read: ReadOptions, { keys, newest }: Found): string | undefined {
  for (const [table, sign] of [
    [tables.heads, ""],
    [tables.graves, "-"],
  ] as const) {
    for (const { key, value } of table.getRange({ ...read, start: "" })) {
      const revision = value.length === 6 ? value.readUIntBE(0, 6) : 0;
      if (keys.get(revision) !== sign + key) return `key ${key} names revision ${revision}, which does not hold it`;
      if (!newest.delete(revision)) return `key ${key} names revision ${revision}, which is not its newest`;
    }
  }
  const [lost] = newest;
  return lost === undefined ? undefined : `the key of revision ${lost} is missing`;
}

function damageInLeases(tables: Tables, read: ReadOptions): string | undefined {
  for (const { key, value } of tables.leases.getRange({ ...read, start: Buffer.alloc(1) })) {
    if (key.length !== 12 || value.length === 0) return "a lease is malformed";
  }
  return undefined;
}

/** LMDB notes how many entries a table has: a part of the tree that cannot be reached shows here. */
function damageInCounts(tables: Tables, read: ReadOptions): string | undefined {
  for (const [name, table] of Object.entries({ heads: tables.heads, graves: tables.graves })) {
    const walked = table.getKeysCount({ ...read, start: "" });
    const { entryCount } = table.getStats();
    if (walked !== entryCount) return `${name} has ${walked} entries of ${entryCount}`;
  }
  const walked = tables.log.getKeysCount({ ...read, start: 0 });
  const { entryCount } = tables.log.getStats();
  return walked === entryCount ? undefined : `the log has ${walked} entries of ${entryCount}`;
}
