import type { Clock } from "../base/clock.ts";

/** How long a controller waits for its cache to show what it did, before it looks again all the same. */
const expectationTimeoutMs = 5 * 60_000;

interface Expected {
  creations: number;
  deletions: Set<string>;
  sinceMs: number;
}

/**
 * What a controller has asked for and its cache has not shown yet: until then the cache's count of children is too old to
 * act on. Keys are those of the parents.
 */
export class Expectations {
  readonly #clock: Clock;
  readonly #expected = new Map<string, Expected>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** `count` children of `key` are about to be created. */
  expectCreations(key: string, count: number): void {
    this.#entry(key).creations += count;
  }

  /** The children with these uids are about to be deleted. */
  expectDeletions(key: string, uids: Iterable<string>): void {
    const { deletions } = this.#entry(key);
    for (const uid of uids) deletions.add(uid);
  }

  /** A child has appeared in the cache, or its creation has failed. */
  creationObserved(key: string): void {
    const expected = this.#expected.get(key);
    if (expected && expected.creations > 0) expected.creations--;
  }

  /** A child has left the cache, or its deletion has failed. */
  deletionObserved(key: string, uid: string): void {
    this.#expected.get(key)?.deletions.delete(uid);
  }

  /** Whether the cache can be believed for `key`. */
  satisfied(key: string): boolean {
    const expected = this.#expected.get(key);
    if (!expected) return true;
    if (expected.creations === 0 && expected.deletions.size === 0) return true;
    return this.#clock.monotonic() - expected.sinceMs > expectationTimeoutMs;
  }

  /** Forgets a parent that has gone. */
  forget(key: string): void {
    this.#expected.delete(key);
  }

  #entry(key: string): Expected {
    let expected = this.#expected.get(key);
    if (!expected || this.satisfied(key)) {
      expected = { creations: 0, deletions: new Set(), sinceMs: this.#clock.monotonic() };
      this.#expected.set(key, expected);
    }
    return expected;
  }
}
