/** What has a place in the order. */
interface Keyed {
  readonly key: string;
}

/** A run that grows beyond this is cut in two: to insert moves no more than this many, however many there are in all. */
const runMax = 512;

/** Entries in order of their keys, as a list of short runs. */
export class OrderedEntries<T extends Keyed> {
  /** None is empty. */
  #runs: T[][] = [];
  #size = 0;

  /** `entries` are in order, each key once. */
  constructor(entries: readonly T[] = []) {
    for (let start = 0; start < entries.length; start += runMax / 2) {
      this.#runs.push(entries.slice(start, start + runMax / 2));
    }
    this.#size = entries.length;
  }

  get size(): number {
    return this.#size;
  }

  /** Puts an entry in its place, instead of the one with the same key if there is one. */
  set(entry: T): void {
    const run = this.#runFor(entry.key);
    const place = run && positionIn(run, entry.key);
    if (!run || place === undefined) {
      this.#runs.push([entry]);
    } else if (run[place]?.key === entry.key) {
      run[place] = entry;
      return;
    } else {
      run.splice(place, 0, entry);
      if (run.length > runMax) this.#cut(run);
    }
    this.#size++;
  }

  delete(key: string): void {
    const run = this.#runFor(key);
    const place = run ? positionIn(run, key) : 0;
    if (run?.[place]?.key !== key) return;
    run.splice(place, 1);
    this.#size--;
    if (run.length === 0) this.#runs.splice(this.#runs.indexOf(run), 1);
  }

  /** The entries with keys from `from` on and before `until`; the caller's own array. */
  slice(from: string, until?: string): T[] {
    const first = this.#runIndex(from);
    const last = until === undefined ? this.#runs.length - 1 : this.#runIndex(until);
    const found: T[][] = [];
    for (let index = first; index <= last; index++) {
      const run = this.#runs[index];
      if (!run) break;
      const start = index === first ? positionIn(run, from) : 0;
      const end = until !== undefined && index === last ? positionIn(run, until) : run.length;
      found.push(run.slice(start, end));
    }
    return found.length === 1 ? found[0]! : found.flat();
  }

  *[Symbol.iterator](): Generator<T> {
    for (const run of this.#runs) yield* run;
  }

  #runFor(key: string): T[] | undefined {
    return this.#runs[this.#runIndex(key)];
  }

  /** The last run that begins at or before `key`; the first one when none does. */
  #runIndex(key: string): number {
    let low = 0;
    let high = this.#runs.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#runs[middle]![0]!.key <= key) low = middle + 1;
      else high = middle;
    }
    return Math.max(0, low - 1);
  }

  /** In the middle; at the end when entries come in order, so that runs are full then. */
  #cut(run: T[]): void {
    const isLast = run === this.#runs.at(-1);
    const rest = run.splice(isLast ? run.length - 1 : run.length >> 1);
    this.#runs.splice(this.#runs.indexOf(run) + 1, 0, rest);
  }
}

/** Where `key` is in a run, or would be. */
function positionIn(run: readonly Keyed[], key: string): number {
  let low = 0;
  let high = run.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (run[middle]!.key < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
