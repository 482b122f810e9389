import type { Clock } from "../base/clock.ts";

/** What has been asked of the server and not yet been seen in the cache counts no longer after this. */
const expectationMsMax = 5 * 60_000;

interface Expectation {
  creations: number;
  /** Unique ids of objects that will go. */
  deletions: Set<string>;
  since: number;
}

/**
 * Remembers, by the key of an owner, which of its writes the cache does not show yet, so that a controller does not act on an
 * old picture: it creates or deletes only while `satisfied`.
 */
export class Expectations {
  readonly #clock: Clock;
  readonly #byKey = new Map<string, Expectation>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Call before creating and deleting in one go. Replaces what was expected for the key. */
  expect(key: string, creations: number, deletions: Iterable<string>): void {
    this.#byKey.set(key, { creations, deletions: new Set(deletions), since: this.#clock.monotonic() });
  }

  /** Call before creating. Replaces what was expected for the key. */
  expectCreations(key: string, count: number): void {
    this.expect(key, count, []);
  }

  /** Call before deleting. Replaces what was expected for the key. */
  expectDeletions(key: string, uids: Iterable<string>): void {
    this.expect(key, 0, uids);
  }

  /** The cache has one object more, or one creation has failed. */
  creationObserved(key: string): void {
    const expected = this.#byKey.get(key);
    if (expected && expected.creations > 0) expected.creations--;
  }

  /** The object has gone from the cache or is being deleted, or its deletion has failed. */
  deletionObserved(key: string, uid: string): void {
    this.#byKey.get(key)?.deletions.delete(uid);
  }

  /** Whether the cache shows everything that was asked for, or has had time enough. */
  satisfied(key: string): boolean {
    const expected = this.#byKey.get(key);
    if (!expected) return true;
    if (expected.creations === 0 && expected.deletions.size === 0) return true;
    return this.#clock.monotonic() - expected.since > expectationMsMax;
  }

  /** The owner has gone. */
  forget(key: string): void {
    this.#byKey.delete(key);
  }
}
