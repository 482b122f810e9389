import type { GroupCommit } from "./group-commit.ts";
import type { LogRecord } from "./record.ts";
import type { Snapshot } from "./snapshot.ts";
import type { Tables } from "./tables.ts";

const sliceRecordsMax = 400;
const sliceMsMax = 4;

/**
 * Forgets history. First the new limit is made durable, then the log up to it is swept in slices: a record goes when a
 * later one up to the limit replaces it, and a removal goes with its grave. A sweep that was cut short goes on at the
 * next start.
 */
export class Compactor {
  readonly #tables: Tables;
  readonly #commit: GroupCommit;
  readonly #snapshot: () => Snapshot;
  #compacted: number;
  #swept: number;
  #last: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(tables: Tables, commit: GroupCommit, snapshot: () => Snapshot) {
    this.#tables = tables;
    this.#commit = commit;
    this.#snapshot = snapshot;
    this.#compacted = snapshot().number("compacted") ?? 0;
    this.#swept = snapshot().number("swept") ?? 0;
  }

  /** History up to and including this revision is gone. */
  get revision(): number {
    return this.#compacted;
  }

  /** Raises the limit to `revision`, and resolves when the log is swept up to it. */
  compact(revision: number): Promise<void> {
    const turn = this.#last.then(() => this.#run(revision));
    this.#last = turn.catch(() => {});
    return turn;
  }

  /** Ends a sweep after its current slice. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#last;
  }

  async #run(revision: number): Promise<void> {
    if (revision > this.#compacted) {
      await this.#commit.chore(() => void this.#tables.meta.put("compacted", sixBytes(revision)));
      this.#compacted = revision;
    }
    while (this.#swept < this.#compacted && !this.#stopped) await this.#sweepSlice();
  }

  async #sweepSlice(): Promise<void> {
    const gone: number[] = [];
    const graves: string[] = [];
    const started = performance.now();
    let swept = this.#compacted;
    let scanned = 0;
    for (const { revision, record } of this.#snapshot().recordsAfter(this.#swept)) {
      if (revision > this.#compacted) break;
      this.#judge(revision, record, gone, graves);
      if (++scanned >= sliceRecordsMax || performance.now() - started > sliceMsMax) {
        swept = revision;
        break;
      }
    }
    await this.#commit.chore(() => {
      for (const revision of gone) this.#tables.log.remove(revision);
      for (const key of graves) this.#tables.graves.remove(key);
      this.#tables.meta.put("swept", sixBytes(swept));
    });
    this.#swept = swept;
  }

  #judge(revision: number, record: LogRecord, gone: number[], graves: string[]): void {
    if (record.previous > 0) gone.push(record.previous);
    if (record.value) return;
    gone.push(revision);
    const head = this.#commit.head(record.key);
    // A write on top of the removal that is on its way takes the grave away itself.
    if (head?.removed && head.revision === revision && !head.settled) graves.push(record.key);
  }
}

function sixBytes(value: number): Buffer {
  const bytes = Buffer.alloc(6);
  bytes.writeUIntBE(value, 0, 6);
  return bytes;
}
