import type { RangeOptions, RangeResult, StoreEntry } from "../store.ts";

/**
 * Everything a store holds when it is opened, for whoever reads it all first, page by page; what was handed out is let go.
 * A file that is read through LMDB's map counts as the process's memory as long as it is mapped; this was read through a map
 * that is gone again.
 */
export class FirstRead {
  readonly revision: number;
  readonly #entries: (StoreEntry | undefined)[];
  #next = 0;
  #last: string | undefined;

  /** `entries` are all there are at `revision`, in key order, and belong to this from now on. */
  constructor(revision: number, entries: StoreEntry[]) {
    this.revision = revision;
    this.#entries = entries;
  }

  /** The next page, when that is what is asked for; undefined for everything else. */
  page(prefix: string, { revision, limit = Number.POSITIVE_INFINITY, after }: RangeOptions): RangeResult | undefined {
    const isNext = revision === this.revision && after === this.#last;
    if (!isNext || !this.#isUnder(prefix)) return undefined;
    const end = Math.min(this.#next + limit, this.#entries.length);
    const entries = this.#entries.slice(this.#next, end).filter((entry) => entry !== undefined);
    this.#entries.fill(undefined, this.#next, end);
    this.#next = end;
    this.#last = entries.at(-1)?.key;
    const remaining = this.#entries.length - end;
    return { entries, revision, more: remaining > 0, remaining };
  }

  /** Whether all that is left begins so; it is in order. */
  #isUnder(prefix: string): boolean {
    const [first, last] = [this.#entries[this.#next], this.#entries.at(-1)];
    return first !== undefined && last !== undefined && first.key.startsWith(prefix) && last.key.startsWith(prefix);
  }
}
