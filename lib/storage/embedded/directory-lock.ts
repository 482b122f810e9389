import { realpathSync, rmSync } from "node:fs";
import { join } from "node:path";
import { open, type RootDatabase } from "lmdb";
import { StoreError } from "../store.ts";

const heldByThisProcess = new Set<string>();

/** Gives the directory free. */
export type Unlock = () => Promise<void>;

/**
 * Takes a directory for this process.
 *
 * The lock is the only reader's place of a tiny LMDB environment of its own. LMDB gives such places out under a mutex of
 * the kernel's, ties them to file locks that die with their process however it dies, and compares no process ids, so
 * the lock never goes stale and holds between containers that share a volume.
 * @throws StoreError `Locked`, with the owner's process id.
 */
export function lockDirectory(directory: string): Unlock {
  const path = realpathSync(directory);
  // LMDB shares one environment within a process, so it would let a second store in.
  if (heldByThisProcess.has(path)) throw locked(directory, "this process");
  const database = openOwnerFile(join(path, "owner.mdb"));
  try {
    refuseOtherOwner(database, directory);
    const place = database.useReadTransaction();
    heldByThisProcess.add(path);
    return async () => {
      place.done();
      await database.close();
      heldByThisProcess.delete(path);
    };
  } catch (error) {
    const refusal =
      error instanceof StoreError ? error : locked(directory, owner(database) ?? "another process", error);
    void database.close();
    throw refusal;
  }
}

function openOwnerFile(path: string): RootDatabase {
  const options = { path, noSubdir: true, maxReaders: 1, maxDbs: 1, mapSize: 64 * 1024, noSync: true };
  try {
    return open(options);
  } catch {
    // Not flushed when the machine stopped. Nothing is in it: the lock is in the file beside it.
    rmSync(path, { force: true });
    return open(options);
  }
}

/** Asked before taking the place only to answer at once: waiting for a place can take LMDB seconds. */
function refuseOtherOwner(database: RootDatabase, directory: string): void {
  const other = owner(database);
  if (other) throw locked(directory, other);
}

/** The process that has the place, of those that are alive. */
function owner(database: RootDatabase): string | undefined {
  const row = /^\s*(\d+)\s+[0-9a-f]+\s/m.exec(database.readerList());
  return row ? `process ${row[1]}` : undefined;
}

function locked(directory: string, by: string, cause?: unknown): StoreError {
  return new StoreError("Locked", `the data directory ${directory} is in use by ${by}`, { cause });
}
